"""Sending a campaign's mails: invitations and reminders alike.

`lines` are the two tables of mails, `claims` takes a few that are due, `settling` writes down
what became of them, `waiting` sees to those that must not go now, `pacing` says how fast, and
`slices` goes round until its time is over.
"""
