"""One writer per kind of fact: each sees what the last one wrote, and nobody waits in a circle.

Everybody takes all the locks that are needed at once, before reading anything, in the order of
their names. What a kind needs it declares itself (`Kind.writes`, `carries`, `takes_all_along`).
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from customers.imports.fields import Kind
from customers.imports.kinds import KINDS
from tenants.locks import LockTimeoutError, take_lock

_PATIENCE = "10s"


class KindBusyError(Exception):
    """An import of the same kind is being stored; try again later."""


def lock_kinds(keys: Iterable[str], *, is_patient: bool = False) -> None:
    """Be the only one to store facts of these kinds until the transaction ends. Raises
    KindBusyError after a while, unless `is_patient`."""
    for key in sorted(set(keys)):
        try:
            take_lock(f"facts:{key}", patience="" if is_patient else _PATIENCE)
        except LockTimeoutError:
            raise KindBusyError(
                _("{key} are being stored by somebody else.").format(key=key)
            ) from None


def lock_to_write(*kinds: Kind, is_patient: bool = False) -> None:
    """To store rows of these kinds."""
    lock_kinds((key for kind in kinds for key in kind.written), is_patient=is_patient)


def lock_to_remove(kind: Kind) -> None:
    """To remove facts of the kind."""
    lock_kinds(_every() if kind.takes_all_along else kind.written)


def lock_to_undo(kind: Kind, *, is_patient: bool = False) -> None:
    """To take back what rows of the kind brought: rows that facts of any kind hang on may go."""
    deletes = any(KINDS[key].carries for key in kind.written if key in KINDS)
    lock_kinds(_every() if deletes else kind.written, is_patient=is_patient)


def lock_every_kind() -> None:
    lock_kinds(_every())


def _every() -> set[str]:
    return {key for kind in KINDS.values() for key in kind.written}
