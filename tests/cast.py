"""Fixtures that every test shares: two ready companies with people in them, and the mailbox.

Companies are made once per worker (making one means migrating a schema); each test runs in a
transaction, inside the first company's schema when it asks for `company`.
"""

from __future__ import annotations

import email
import email.policy
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests import kept

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User
    from tenants.models import Company

PASSWORD = "correct horse battery staple"
ROLES = ("owner", "admin", "manager", "viewer")


@dataclass(frozen=True)
class _Made:
    """The companies of this worker: `acme`, the one tests act in, and `globex`, the outsider."""

    acme: Company
    globex: Company


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """The test database, always: pytest-django makes none where no test selected asks for `db`,
    and those that commit don't."""
    from django.conf import settings
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    if kept.is_restored():
        name = f"test_{settings.DATABASES['default']['NAME']}"
        settings.DATABASES["default"]["NAME"] = name
        connection.settings_dict["NAME"] = name
        yield
        return
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session")
def _companies(django_db_setup: None, django_db_blocker: Any) -> _Made:
    from django.db import connection, connections

    from tenants.models import Company

    with django_db_blocker.unblock():
        if kept.is_restored():
            found = Company.objects.in_bulk(["acme", "globex"], field_name="slug")
            return _Made(**found)
        made = _Made(acme=_make("Acme", "acme"), globex=_make("Globex", "globex"))
        connections.close_all()
        kept.spare(connection.settings_dict["NAME"], connection.settings_dict["HOST"])
        return made


@pytest.fixture(scope="session")
def spare_schema(_companies: _Made, django_db_blocker: Any) -> None:
    """There is a spare schema. A test that takes it gives it back with its transaction."""
    from django.db import connections

    from tenants.actions.spare import prepare_spare

    with django_db_blocker.unblock():
        prepare_spare()
        connections.close_all()


def _make(name: str, slug: str) -> Company:
    from django.contrib.auth.hashers import make_password
    from django_tenants.utils import tenant_context

    from accounts.models import User
    from tenants.actions.companies import create_company, provision
    from tenants.jobs import Job
    from tenants.models import WakeUp

    company = create_company(name=name, slug=slug)
    Job.objects.all().delete()  # what the job would do is done here
    WakeUp.objects.all().delete()
    provision(company=company)
    hashed = make_password(PASSWORD)
    with tenant_context(company):
        for role in ROLES:
            user = User(email=f"{role}@{slug}.example", name=f"{role.title()} of {name}", role=role)
            user.password = hashed
            user.save()
            _verified(user)
    return company


def _verified(user: User) -> None:
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


@pytest.fixture
def company(_companies: _Made, db: None) -> Iterator[Company]:
    """A ready company; the test runs inside its schema, in a transaction."""
    yield from _inside(_companies.acme)


@pytest.fixture
def other_company(_companies: _Made, db: None) -> Company:
    """Another ready company, whose people are outsiders here. Does not change the schema."""
    return _fresh(_companies.globex)


def _fresh(company: Company) -> Company:
    from tenants.models import Company as Model

    return Model.objects.get(pk=company.pk)


def _inside(company: Company) -> Iterator[Company]:
    from django_tenants.utils import tenant_context

    fresh = _fresh(company)
    with tenant_context(fresh):
        yield fresh


@pytest.fixture
def committed_company(_companies: _Made, django_db_blocker: Any) -> Iterator[Company]:
    """A ready company for tests that need real commits (threads, workers). They clean up.

    Not pytest-django's transactional_db, which empties every table afterwards: the companies too.
    """
    with django_db_blocker.unblock():
        yield from _inside(_companies.acme)


@pytest.fixture
def user_of() -> Callable[..., User]:
    """`user_of(company, role="manager")`: that company's user with the role."""

    def find(company: Company, role: str = "manager") -> User:
        from django_tenants.utils import tenant_context

        from accounts.models import User

        with tenant_context(company):
            return User.objects.get(email=f"{role}@{company.slug}.example")

    return find


@pytest.fixture
def client_of(user_of: Callable[..., User]) -> Callable[..., Client]:
    """`client_of(company, role="manager")`: a test client on its host, signed in (None: not)."""

    def make(company: Company, role: str | None = "manager") -> Client:
        from django_tenants.utils import tenant_context

        from tests.clients import HostClient

        client = HostClient(f"{company.slug}.localhost")
        if role is not None:
            with tenant_context(company):
                client.force_login(user_of(company, role))
        return client

    return make


@pytest.fixture(scope="session")
def _catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from csm_portal import catalogs

    folder = tmp_path_factory.mktemp("catalogues")
    catalogs.compile_catalogs(folder)
    return folder


@pytest.fixture
def catalogues(_catalogues: Path) -> Iterator[None]:
    """The pages speak every language the portal is translated into."""
    from django.test import override_settings

    from csm_portal.templatetags import portal

    with override_settings(LOCALE_PATHS=[str(_catalogues)]):
        portal._kept.cache_clear()  # what was said before without them
        yield
    portal._kept.cache_clear()


@pytest.fixture
def public_client(db: None) -> Client:
    """A test client on the public host."""
    from tests.clients import HostClient

    return HostClient("localhost")


class Mailbox:
    """The mail that the SMTP sink kept since the test began, for the addresses it looks for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = set(folder.glob("[0-9]*.eml"))

    def mails(self, to: str = "") -> list[EmailMessage]:
        """Oldest first; only those to an address, when given."""
        paths = sorted(
            set(self._folder.glob("[0-9]*.eml")) - self._seen,
            key=lambda path: tuple(map(int, path.stem.split("-"))),
        )
        mails = [
            cast(
                EmailMessage,
                email.message_from_bytes(path.read_bytes(), policy=email.policy.default),
            )
            for path in paths
        ]
        return [mail for mail in mails if to in str(mail["X-Envelope-To"])]

    def wait_for(self, to: str, *, count: int = 1, patience: float = 30.0) -> list[EmailMessage]:
        """The mails to an address, once there are `count` of them."""
        deadline = time.monotonic() + patience
        while len(found := self.mails(to)) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} mails to {to} came"
            time.sleep(0.05)
        return found

    @staticmethod
    def text(mail: EmailMessage) -> str:
        part = mail.get_body(preferencelist=("plain",))
        assert part is not None
        return str(part.get_content())

    @classmethod
    def links(cls, mail: EmailMessage) -> list[str]:
        """Every http link of the plain text, in order."""
        return re.findall(r"https?://[^\s<>\"]+", cls.text(mail))


@pytest.fixture
def mailbox(settings: Any) -> Mailbox:
    """Django's mail goes through real SMTP to the session's sink; this reads it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    return Mailbox(Path(os.environ["PORTAL_MAILBOX"]))


@pytest.fixture
def do_jobs() -> Callable[..., int]:
    """`do_jobs(company)`: do a company's due jobs in this process; without one, the shared ones."""

    def run(company: Company | None = None, **kwargs: Any) -> int:
        from django.db import connection
        from django_tenants.utils import tenant_context

        from tenants.jobs import run_pending

        if company is not None:
            with tenant_context(company):
                return run_pending(**kwargs)
        before = connection.tenant
        connection.set_schema_to_public()
        try:
            return run_pending(**kwargs)
        finally:
            connection.set_tenant(before)

    return run
