"""Per language, what Django writes of numbers by itself: with a point, as widths and values of
fields want them. What people read goes through accounts.formatting."""
