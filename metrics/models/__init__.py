"""What is derived from the facts, which can be dropped and rebuilt, and what a company sets."""

from metrics.models.annotations import Annotation
from metrics.models.attention import Attention
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
from metrics.models.health_use import ChosenColumns, ListPage, SavedView
from metrics.models.ledger import Departure, Kind, LedgerState, Movement, MovementPart, Sale
from metrics.models.overview import StoredOverview
from metrics.models.quality import QualityCount
from metrics.models.renewals import RenewalHistory
from metrics.models.reports import (
    BoardReport,
    Digest,
    DigestChoice,
    DigestKind,
    ReportSettings,
    ShareLink,
)
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
    "Annotation",
    "Attention",
    "Benchmark",
    "BoardReport",
    "ChosenColumns",
    "ChosenOption",
    "ClosedMonth",
    "ClosedValue",
    "ContractDay",
    "CustomSignal",
    "CustomSignalValue",
    "Departure",
    "Digest",
    "DigestChoice",
    "DigestKind",
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
    "ListPage",
    "MetricSettings",
    "Movement",
    "MovementPart",
    "QualityCount",
    "Recomputation",
    "RenewalHistory",
    "ReportSettings",
    "RestatedBy",
    "Restatement",
    "Sale",
    "SavedView",
    "ShareLink",
    "StoreState",
    "StoredCell",
    "StoredOverview",
    "StoredSeries",
    "StoredSplit",
    "StoredValue",
]
