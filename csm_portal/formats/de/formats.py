"""German pages; see the package."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ""
