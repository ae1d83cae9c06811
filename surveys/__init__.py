"""Surveys: campaigns, who is asked, the mail, and what was answered."""
