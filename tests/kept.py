"""A kept copy of the test database with its two companies, for sessions in one process.

Migrating two schemas takes most of the time of a session that runs a file or two. The copy lies in
the temporary folder under a digest of the code that made it; without it, or with workers (each
makes its own database), everything is made anew.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from csm_portal.engines.cluster import ROOT
from csm_portal.engines.postgres import USER

COPIES = 3
_SPARE = "kept_for_later"
# What decides how a company's schema looks and what is in it.
_DECIDING = (
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "tenants/**/*.py",
    "accounts/**/*.py",
    "metrics/health/**/*.py",
    "csm_portal/settings.py",
    "tests/cast.py",
    "requirements/*",
)
_is_restored = False
_is_wanted = False
_key = ""  # of the code as it was when the session began


def is_restored() -> bool:
    """The test database was there when the session began."""
    return _is_restored


def restore(config: pytest.Config, data: Path) -> None:
    """Put the copy in place as the server's data folder, if there is one, before it starts."""
    global _is_restored, _is_wanted, _key
    if getattr(config.known_args_namespace, "numprocesses", None):
        return
    _key = _digest()
    kept = _folder() / _key
    if kept.is_dir():
        _copy(kept, data)
        kept.touch()
        _is_restored = True
    else:
        _is_wanted = True


def spare(name: str, sockets: str) -> None:
    """Set the database `name`, as it is now, aside; nobody may be connected to it."""
    if not _is_wanted:
        return
    with _connect(sockets) as connection:
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(_SPARE), Identifier(name))
        )


def name_spare(name: str, sockets: str) -> bool:
    """Give what was set aside the name that tests look for. False: there is nothing."""
    if not _is_wanted:
        return False
    with _connect(sockets) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [_SPARE])
        if found.fetchone() is None:
            return False
        connection.execute(SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(Identifier(name)))
        connection.execute(
            SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(_SPARE), Identifier(name))
        )
    return True


def keep(data: Path) -> None:
    """Copy the stopped server's data folder, and drop the oldest copies."""
    folder = _folder()
    unfinished = Path(tempfile.mkdtemp(dir=folder, prefix="unfinished-"))
    try:
        _copy(data, unfinished / "data")
        (unfinished / "data").rename(folder / _key)
    except OSError:
        return  # another session kept it first
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    copies = [path for path in folder.iterdir() if not path.name.startswith("unfinished-")]
    for old in sorted(copies, key=lambda path: path.stat().st_mtime)[:-COPIES]:
        shutil.rmtree(old, ignore_errors=True)


def _connect(sockets: str) -> psycopg.Connection:
    return psycopg.connect(host=sockets, user=USER, dbname="postgres", autocommit=True)


def _copy(source: Path, target: Path) -> None:
    """With owners and modes: the server insists on its own."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"csm-kept-{os.getuid()}"
    folder.mkdir(mode=0o711, exist_ok=True)
    return folder


def _digest() -> str:
    digest = hashlib.sha256()
    for path in _paths():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:20]


def _paths() -> Iterator[Path]:
    for pattern in _DECIDING:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and ".venv" not in path.parts:
                yield path
