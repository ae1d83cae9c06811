"""What the n of metrics counts: the word behind a number of them, in the reader's language."""

from __future__ import annotations

from django.utils.translation import npgettext

MANY = 2
"""For the word alone."""


def customers(n: int) -> str:
    return npgettext("n", "customer", "customers", n)


def customers_at_the_start(n: int) -> str:
    return npgettext("n", "customer at the start", "customers at the start", n)


def customers_at_the_close(n: int) -> str:
    return npgettext("n", "customer at the close", "customers at the close", n)


def customers_that_moved(n: int) -> str:
    return npgettext("n", "customer that moved", "customers that moved", n)


def new_customers(n: int) -> str:
    return npgettext("n", "new customer", "new customers", n)


def answers(n: int) -> str:
    return npgettext("n", "answer", "answers", n)
