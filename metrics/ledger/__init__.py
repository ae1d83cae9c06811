"""The movement ledger: built from terms, read by the metrics."""
