"""How much of the data is in order."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class QualityCount(models.Model):
    """How many rows a check of the data's quality found, and among how many; see metrics.quality.

    `check_key`: which check. `ids`: of the rows found, the first by name. `stamp`: of the facts
    that were counted; another one now means that there were changes.
    """

    check_key = models.CharField(max_length=64, unique=True)
    found = models.PositiveBigIntegerField()
    among = models.PositiveBigIntegerField()
    ids = ArrayField(models.BigIntegerField(), default=list)
    stamp = models.BigIntegerField()
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.check_key}: {self.found}"
