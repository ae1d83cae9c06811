"""Charts drawn once: putting one together takes Altair longer than all else on a page."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec

import orjson

from tenants.languages import tongue

P = ParamSpec("P")
Spec = dict[str, Any]
MOST = 200


def drawn_once(function: Callable[P, Spec]) -> Callable[P, Spec]:
    """The same spec for the same arguments, language and notation, which say all that is in it
    (as their `repr` does); each
    caller has one of its own. The last MOST are kept per process."""
    held: OrderedDict[str, bytes] = OrderedDict()
    lock = Lock()

    @wraps(function)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Spec:
        key = repr((tongue(), args, kwargs))
        with lock:
            found = held.get(key)
            if found is not None:
                held.move_to_end(key)
        if found is None:
            found = orjson.dumps(function(*args, **kwargs))
            with lock:
                held[key] = found
                while len(held) > MOST:
                    held.popitem(last=False)
        spec: Spec = orjson.loads(found)
        return spec

    return drawn
