"""The ledger swept in one pass gives what each measure makes alone, and adds up over customers."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from customers.models import Customer
from metrics.contributions.frame import Dimension, Frame
from metrics.contributions.rows import exactly
from metrics.contributions.sweep import Swept, difference, sums, sweep
from metrics.periods import Grain, periods
from metrics.registry import metrics
from metrics.stored.parts import swept_in
from tenants.models import Company
from tests.metrics import plain
from tests.metrics.histories import MONTHS, customers
from tests.metrics.revenue import FEW
from tests.metrics.test_agreement import AS_OF, SPLITS, stored


def swept(frame: Frame, dimensions: list[Dimension]) -> dict[Dimension, Swept]:
    found = swept_in([metric.compute(metric.choose({})) for metric in metrics()])
    return sweep(frame, dimensions, found)


@FEW
@given(found=customers(), grain=st.sampled_from([Grain.MONTH, Grain.QUARTER]))
def test_swept_sums_are_those_of_each_measure(
    company: Company, found: list[plain.Customer], grain: Grain
) -> None:
    cut = periods(*MONTHS, grain, as_of=AS_OF)
    with stored(found), exactly():
        for dimension, _ in SPLITS:
            frame = Frame(cut, dimension, company.timezone, AS_OF)
            at_hand = swept(frame, list({frame.whole().dimension, dimension}))
            for metric in metrics():
                for options in every_method(metric):
                    computation = metric.compute(metric.choose(options))
                    alone = computation.measure.sums(frame)
                    together = sums(computation.measure, replace(frame, swept=at_hand))
                    assert together == alone, (metric.key, options, dimension)


def every_method(metric: object) -> list[dict[str, str]]:
    option = next((one for one in metric.options if one.name == "method"), None)  # type: ignore[attr-defined]
    return [{"method": choice.value} for choice in option.choices] if option else [{}]


@FEW
@given(found=customers(), number=st.integers(0, 3))
def test_sweeps_add_up_over_customers(
    company: Company, found: list[plain.Customer], number: int
) -> None:
    cut = periods(*MONTHS, Grain.MONTH, as_of=AS_OF)
    with stored(found):
        ids = list(Customer.objects.order_by("id").values_list("id", flat=True))
        for dimension, _ in SPLITS:
            frame = Frame(cut, dimension, company.timezone, AS_OF)
            [whole] = swept(frame, [dimension]).values()
            [some] = swept(replace(frame, customers=ids[:number]), [dimension]).values()
            [others] = swept(replace(frame, customers=ids[number:]), [dimension]).values()
            nobody = Swept(dimension, whole.borders, whole.measures)
            delta = difference(some, nobody)
            assert others.changed_by(delta).cells == whole.cells
            less = difference(others, whole)
            assert whole.changed_by(less).cells == others.cells
