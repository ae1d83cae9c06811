"""Numbers with as many digits as they have."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _Field = models.Field[Decimal | None, Decimal | None]
else:
    _Field = models.Field


class ExactField(_Field):
    """PostgreSQL's `numeric` without limits: sums of amounts at a rate have digits by the dozen."""

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def get_internal_type(self) -> str:
        return "ExactField"
