"""The steps of making a campaign."""

STEPS = ["Question", "Contacts", "When", "Preview and send"]
