"""How many requests a key may send."""

from __future__ import annotations

import functools
import time

import redis
import structlog
from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError

log = structlog.get_logger("portal.stream")


@functools.lru_cache(maxsize=1)
def _counter() -> redis.Redis:
    """One client for all requests: Django's cache makes a new one for every call."""
    return redis.Redis.from_url(settings.CACHE_URL)


def wait_of(key_id: int) -> int:
    """Count a request of a key; the seconds it has to wait, 0 when it may go on.

    STREAM_REQUESTS in each STREAM_SECONDS, by the clock. Costs one round trip. Without a cache
    nobody waits: events matter more than the limit.
    """
    seconds: int = settings.STREAM_SECONDS
    now = time.time()
    name = caches["company"].make_key(f"stream:{key_id}:{int(now // seconds)}")
    try:
        both = _counter().pipeline(transaction=False)
        both.incr(name)
        both.expire(name, 2 * seconds)
        count = int(both.execute()[0])
    except (RedisError, OSError) as error:
        log.warning("the cache does not answer; requests are not counted", error=str(error))
        return 0
    if count <= settings.STREAM_REQUESTS:
        return 0
    return max(1, int(seconds - now % seconds) + 1)
