"""Is the portal ready to serve? Asked by load balancers at /readyz."""

from __future__ import annotations

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import JsonResponse
from redis.exceptions import RedisError

from tenants.context import go_public


def ready() -> JsonResponse:
    """200 when the database and the cache answer, 503 and what is missing otherwise."""
    checks = {"database": _database_answers(), "cache": _cache_answers()}
    is_ready = all(checks.values())
    return JsonResponse({"ready": is_ready, "checks": checks}, status=200 if is_ready else 503)


def _database_answers() -> bool:
    try:
        go_public()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _cache_answers() -> bool:
    try:
        cache.get("readyz")
    except (RedisError, OSError):
        return False
    return True
