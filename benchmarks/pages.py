"""The server's time of each main page beside an empty one of the same process.

BENCH_CUSTOMERS (100000) says how many customers. Everything through all middleware, signed in, in
turns, so that the ratios of one run mean something. A page over the aim names its slowest query.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, path

from accounts.models import User
from accounts.permissions import Permission, requires
from benchmarks.metrics.facts import company_with_everything
from csm_portal.garbage import leave_out_the_loaded
from csm_portal.urls import urlpatterns as portal
from metrics.actions import ledger
from metrics.stored import overview
from surveys.actions.storing import store_results
from tenants.models import Company
from tests.finding import things_in
from tests.pages import PAGES, Page

AIM = 4.0
RUNS, FEWEST, PATIENCE = 200, 5, 20.0  # a page is read so often, or for so many seconds


@requires(Permission.VIEW)
def nothing(request: HttpRequest) -> HttpResponse:
    """What every page does, and nothing else."""
    return render(request, "base.html")


urlpatterns: list[URLPattern | URLResolver] = [path("nothing/", nothing), *portal]


@dataclass
class Timing:
    """Seconds of one page's answers, its queries, and the slowest one of them all."""

    seconds: list[float] = field(default_factory=list)
    queries: int = 0
    slowest: float = 0.0
    statement: str = ""

    @property
    def p95(self) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]

    def watch(self, execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        """A wrapper of the connection's: see Django's execute_wrapper."""
        begun = perf_counter()
        try:
            return execute(sql, *rest)
        finally:
            taken = perf_counter() - begun
            self.queries += 1
            if taken > self.slowest:
                self.slowest, self.statement = taken, " ".join(str(sql).split())


def run() -> None:
    customers = int(os.environ.get("BENCH_CUSTOMERS", "100000").split()[0])
    begun = perf_counter()
    with company_with_everything(customers) as company:
        ledger.refresh(keeps=True)  # as in a company in use: begin to keep values
        ledger.rebuild()
        store_results()
        overview.make(company)  # as the job that follows does
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(f"{customers:,} customers; made and computed in {perf_counter() - begun:.0f} s")
        leave_out_the_loaded()
        with _reader(company) as read:
            _compare(read, things_in(company))


def _compare(read: Callable[[str, Timing], None], things: dict[str, Any]) -> None:
    empty, over = Timing(), []
    for _ in range(RUNS):
        read("/nothing/", empty)
    print(f"{'an empty page':44} p95 {empty.p95 * 1000:8.1f} ms")
    for page in (page for page in PAGES if page.is_main):
        found, beside = _timed(page, things, read)
        if found is None:
            print(f"{page!s:44} not measured: this company has none")
            continue
        ratio = found.p95 / beside.p95
        each = found.queries // len(found.seconds)
        print(
            f"{page!s:44} p95 {found.p95 * 1000:8.1f} ms {ratio:7.2f} x, {each} queries,"
            f" longest {max(found.seconds) * 1000:.1f} ms"
        )
        if ratio >= AIM:
            over.append(page)
            print(f"    slowest query {found.slowest * 1000:.1f} ms: {found.statement[:300]}")
    print(f"{len(over)} main pages need {AIM:g} times an empty page's time or more (aim: none)")


def _timed(
    page: Page, things: dict[str, Any], read: Callable[[str, Timing], None]
) -> tuple[Timing | None, Timing]:
    """The page's times and, in turns with them, an empty one's."""
    found, empty = Timing(), Timing()
    if not page.is_about(things):
        return None, empty
    address = page.path(things)
    read(address, Timing())  # a warm-up
    until = perf_counter() + PATIENCE
    while len(found.seconds) < RUNS and (len(found.seconds) < FEWEST or perf_counter() < until):
        read("/nothing/", empty)
        read(address, found)
    return found, empty


@contextmanager
def _reader(company: Company) -> Iterator[Callable[[str, Timing], None]]:
    """Asks for a page as a signed-in owner of the company's."""
    user = User.objects.create(email="owner@bench.example", name="Bench", role="owner")
    logging.disable(logging.INFO)  # a line for each request
    warnings.filterwarnings("ignore", message="No directory at")
    client = Client(SERVER_NAME=company.domains.get().domain)
    client.force_login(user)

    def read(address: str, timing: Timing) -> None:
        with connection.execute_wrapper(timing.watch):
            begun = perf_counter()
            answer = client.get(address)
            timing.seconds.append(perf_counter() - begun)
        assert answer.status_code == 200, f"{address} answers {answer.status_code}"

    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        ROOT_URLCONF="benchmarks.pages",
        STORAGES={"default": storage, "staticfiles": storage},
    ):
        yield read
