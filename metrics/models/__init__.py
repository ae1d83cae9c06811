"""What is derived from the facts, which can be dropped and rebuilt, and what a company sets."""

from metrics.models.benchmarks import Benchmark
from metrics.models.choices import ChosenOption
from metrics.models.closed import ClosedMonth, ClosedValue
from metrics.models.contracts import ContractDay
from metrics.models.goals import Goal
from metrics.models.health import (
    CustomSignal,
    CustomSignalValue,
    HealthMeasures,
    HealthModel,
    HealthScore,
    HealthVersion,
)
from metrics.models.health_past import HealthPast
from metrics.models.health_proof import HealthProof, HealthSuggestion
from metrics.models.health_use import SavedView
from metrics.models.ledger import Departure, Kind, LedgerState, Movement, MovementPart, Sale
from metrics.models.settings import MetricSettings
from metrics.models.stored import (
    Recomputation,
    RestatedBy,
    Restatement,
    StoredCell,
    StoredSeries,
    StoredSplit,
    StoredValue,
    StoreState,
)

__all__ = [
    "Benchmark",
    "ChosenOption",
    "ClosedMonth",
    "ClosedValue",
    "ContractDay",
    "CustomSignal",
    "CustomSignalValue",
    "Departure",
    "Goal",
    "HealthMeasures",
    "HealthModel",
    "HealthPast",
    "HealthProof",
    "HealthScore",
    "HealthSuggestion",
    "HealthVersion",
    "Kind",
    "LedgerState",
    "MetricSettings",
    "Movement",
    "MovementPart",
    "Recomputation",
    "RestatedBy",
    "Restatement",
    "Sale",
    "SavedView",
    "StoreState",
    "StoredCell",
    "StoredSeries",
    "StoredSplit",
    "StoredValue",
]
