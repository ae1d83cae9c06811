"""How many requests a key may send."""

from __future__ import annotations

import time

import structlog
from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError

log = structlog.get_logger("portal.stream")


def wait_of(key_id: int) -> int:
    """Count a request of a key; the seconds it has to wait, 0 when it may go on.

    STREAM_REQUESTS in each STREAM_SECONDS, by the clock. Costs two cache calls. Without a cache
    nobody waits: events matter more than the limit.
    """
    seconds: int = settings.STREAM_SECONDS
    now = time.time()
    name = f"stream:{key_id}:{int(now // seconds)}"
    cache = caches["company"]
    try:
        try:
            count = cache.incr(name)
        except ValueError:
            cache.add(name, 0, 2 * seconds)
            count = cache.incr(name)
    except (RedisError, OSError, ValueError) as error:
        log.warning("the cache does not answer; requests are not counted", error=str(error))
        return 0
    if count <= settings.STREAM_REQUESTS:
        return 0
    return max(1, int(seconds - now % seconds) + 1)
