"""Values kept: made after changes and nightly, read by pages and API, compared when they change."""
