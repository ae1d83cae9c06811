"""What people fill in: a campaign, its contacts, an answer."""
