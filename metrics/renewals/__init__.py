"""What comes due, what became of it, and what is expected of it."""
