"""Records and suggestions as JSON: kept as such, and what pages and the API tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metrics.health.areas import Area
from metrics.health.past import HORIZONS, Replay
from metrics.health.proof import Proof, Rate, compared, prove
from metrics.health.recipe import Recipe
from metrics.intervals import Interval

if TYPE_CHECKING:
    from metrics.health.suggesting import Suggestion

Json = dict[str, Any]


def proof_json(replay: Replay, recipe: Recipe, against: Recipe | None) -> Json:
    """A version's record at each horizon, beside another's and by how much its AUC is larger."""
    return {
        "share": replay.share,
        "horizons": {
            str(horizon): {
                "version": _proof(prove(replay, recipe, horizon)),
                "against": _proof(prove(replay, against, horizon)) if against else None,
                "difference": _compared(replay, recipe, against, horizon) if against else None,
            }
            for horizon in HORIZONS
        },
    }


def suggestion_json(found: Suggestion, share: float) -> Json:
    return {
        "share": share,
        "horizon": found.horizon,
        "customers_left": found.left,
        "snapshots": found.snapshots,
        "reason": found.reason or None,
        "weights": [
            {
                "signal": one.signal,
                "was": one.was,
                "suggested": one.suggested,
                "why": one.why or None,
            }
            for one in found.weights
        ],
        "tried": [day.isoformat() for day in found.tried],
        "auc_before": _area(found.own),
        "auc_suggested": _area(found.learned),
        "gain": found.gain,
        **_bounds(found.gain_interval),
    }


def _proof(found: Proof) -> Json:
    return {
        "horizon": found.horizon,
        "snapshots": [day.isoformat() for day in found.days],
        "customers": found.customers,
        "customers_left": found.left,
        "unmeasured": found.unmeasured,
        "auc": _area(found.area),
        "reason": found.reason or None,
        "all": _rate(found.all),
        "bands": [
            {"band": one.band.value, **_rate(one.rate), "lift": one.lift} for one in found.bands
        ],
        "calibration": [
            {"from_score": one.low, "to_score": one.high, "mean": one.mean, **_rate(one.rate)}
            for one in found.calibration
        ],
        "missed": [
            {
                "customer": one.customer,
                "day": one.day.isoformat(),
                "score": one.score,
                "left_on": one.left_on.isoformat(),
            }
            for one in found.missed
        ],
        "missed_count": found.missed_count,
    }


def _compared(replay: Replay, recipe: Recipe, against: Recipe, horizon: int) -> Json | None:
    found = compared(replay, recipe, against, horizon)
    return None if found is None else {"value": found[0], **_bounds(found[1])}


def _area(found: Area | None) -> Json | None:
    return None if found is None else {"value": found.value, **_bounds(found.interval)}


def _rate(found: Rate) -> Json:
    return {
        "n": found.n,
        "left": found.left,
        "rate": found.value,
        **_bounds(found.interval),
    }


def _bounds(found: Interval | None) -> Json:
    return {"low": found and found.low, "high": found and found.high}
