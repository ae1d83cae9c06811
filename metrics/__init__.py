"""From facts to figures: the movement ledger, the metrics, and the pages that show them."""
