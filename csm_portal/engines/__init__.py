"""The real engines the portal starts when none are configured: PostgreSQL, Valkey, an SMTP sink.

`processes` starts and stops one child; `postgres`, `valkey` and `mail_sink` know one engine each;
`cluster` starts them together and tells the settings where they are; `attach` gives a manage.py
command the engines that already run, or some for its own life; `supervisor` runs the portal.
"""
