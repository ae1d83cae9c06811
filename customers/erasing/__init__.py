"""Taking one person out of everything a company holds; customers.actions.erasure drives it."""
