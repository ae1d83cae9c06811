"""The option `start` of time_to_value, which hid behind a period's start, is `origin`."""

from __future__ import annotations

from django.db import migrations

CHOSEN = """
    UPDATE metrics_chosenoption SET option = %s WHERE metric = 'time_to_value' AND option = %s
"""
STORED = """
    UPDATE metrics_storedseries
    SET options = options - %s || jsonb_build_object(%s, options->%s)
    WHERE metric = 'time_to_value' AND jsonb_exists(options, %s)
"""
CLOSED = """
    UPDATE metrics_closedvalue
    SET options = options - %s || jsonb_build_object(%s, options->%s)
    WHERE metric = 'time_to_value' AND jsonb_exists(options, %s)
"""


def renamed(before: str, after: str) -> list[tuple[str, list[str]]]:
    kept = [before, after, before, before]
    return [(CHOSEN, [after, before]), (STORED, kept), (CLOSED, kept)]


class Migration(migrations.Migration):
    dependencies = [("metrics", "0024_contract_currencies")]

    operations = [migrations.RunSQL(renamed("start", "origin"), renamed("origin", "start"))]
