"""The list of customers: which, in what order, and what is said of each."""
