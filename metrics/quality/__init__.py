"""What in a company's data is missing or does not fit, and how to mend it."""
