"""Who needs somebody today, and why."""
