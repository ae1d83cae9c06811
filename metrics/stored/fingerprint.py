"""What values depend on beside facts and the day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from django.forms.models import model_to_dict

from metrics import registry
from metrics.contributions.frame import Dimension
from metrics.contributions.rows import Measure
from metrics.contributions.sweep import component_of
from metrics.ledger.build import VERSION
from metrics.shared import Shared


def fingerprint(
    shared: Shared, splits: Mapping[str, Dimension | None], measures: Iterable[Measure]
) -> str:
    """Another one, when kept values have to be made again from scratch: other settings of the
    company or its metrics, another currency, other definitions or rules of the ledger, another
    meaning of a split, other sums that are kept."""
    company = shared.company
    currencies = [shared.currency(converts) for converts in (False, True)]
    said = {
        "company": [company.timezone, company.currency, company.minimum_n, company.week_start],
        "ledger": VERSION,
        "settings": model_to_dict(shared.settings, exclude=["nightly_at"]),
        "currencies": [(one.code, one.rates is not None) for one in currencies],
        "splits": {by: repr(dimension) for by, dimension in splits.items()},
        "sums": sorted(map(component_of, measures)),
        "metrics": {
            metric.key: [metric.version, metric.choose(shared.own_options(metric))]
            for metric in registry.metrics()
        },
    }
    return hashlib.sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()
