"""What the terms of a customer's subscriptions put on its timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from accounts.formatting import format_money
from customers.looking import Look, TimelineEntry
from customers.models import Customer, Term


def contract_entries(customer: Customer, look: Look) -> list[TimelineEntry]:
    """Costs a query of all the customer's terms: what a term did is told by the one before it."""
    terms = list(
        Term.objects.current()
        .filter(subscription__customer=customer)
        .select_related("plan__product")
        .order_by("starts_on", "id")
    )
    return look.cut([*_terms(terms), *_ends(terms)])


def _terms(terms: Sequence[Term]) -> Iterator[TimelineEntry]:
    before: dict[int, Term] = {}
    for term in terms:
        last = before.get(term.subscription_id)
        before[term.subscription_id] = term
        said = _began(term, last)
        if said is not None:
            title, text, icon = said
            yield TimelineEntry(
                term.starts_on,
                title,
                text,
                icon,
                kind="contracts",
                slot="terms",
                number=term.pk,
            )


def _began(term: Term, last: Term | None) -> tuple[str, str, str] | None:
    """(title, text, icon) of a term after the `last` one of its subscription; None: it goes on."""
    price = _price(term)
    name = str(term.plan)
    if last is None or last.ends_on is None or last.ends_on < term.starts_on:
        return _("{plan} began").format(plan=name), price, "plus"
    if last.plan_id != term.plan_id:
        return _("{former} became {plan}").format(former=last.plan, plan=name), price, "edit"
    if last.mrr == term.mrr:
        return None
    rose = term.mrr > last.mrr
    return (
        (_("{plan} rose") if rose else _("{plan} fell")).format(plan=name),
        _("{price}, was {former}").format(
            price=price, former=format_money(last.mrr, last.currency)
        ),
        "arrow-up" if rose else "arrow-down",
    )


def _price(term: Term) -> str:
    return _("{amount} a month").format(amount=format_money(term.mrr, term.currency))


def _ends(terms: Sequence[Term]) -> Iterator[TimelineEntry]:
    """Ends that no further term of the subscription follows on the day."""
    starts = {(term.subscription_id, term.starts_on) for term in terms}
    for term in terms:
        if term.ends_on and (term.subscription_id, term.ends_on) not in starts:
            yield TimelineEntry(
                term.ends_on,
                _("{plan} ended").format(plan=term.plan),
                _price(term),
                "close",
                kind="contracts",
                slot="ends",
                number=term.pk,
            )
