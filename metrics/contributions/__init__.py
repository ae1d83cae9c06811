"""The rows a value is made of, for a set of periods and segments (DESIGN 7).

A measure gives rows (period, segment, customer, numerator, denominator). Their sums are the
value, its interval and its segments; the rows themselves are its explanation. Customers that did
not change inside a period stand together in one balance row, so that a period costs what changed
in it; `rows()` unfolds that row into its customers.
"""
