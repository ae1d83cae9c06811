"""MRR twelve months ahead: what is there, kept as the sBG model says, and new business.

`history` is what is known (pure), `reading` takes it from the ledger, `retention` fits how long
customers stay (pure), `calculation` makes the forecast (pure), `scoring` says what it would have
said before, and how right that was. docs/metrics.md, Forecast.
"""
