"""Charts as Vega-Lite specs (Altair), drawn in the page by `draw.js` of the built bundle.

Colours are written as `var(--series-new)`: draw.js puts in what the page's theme says.
"""
