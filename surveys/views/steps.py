"""The steps of making a campaign."""

STEPS = ["Question", "Contacts", "Preview and send"]
