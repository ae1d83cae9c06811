"""What is derived from the facts, which can be dropped and rebuilt, and what a company sets."""

from metrics.models.ledger import Kind, LedgerState, Movement, MovementPart
from metrics.models.settings import MetricSettings

__all__ = ["Kind", "LedgerState", "MetricSettings", "Movement", "MovementPart"]
