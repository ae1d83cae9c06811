"""What is derived from the facts. All of it can be dropped and rebuilt."""

from metrics.models.ledger import Kind, LedgerState, Movement, MovementPart

__all__ = ["Kind", "LedgerState", "Movement", "MovementPart"]
