"""How a process that answers requests looks for garbage."""

from __future__ import annotations

import gc


def leave_out_the_loaded() -> None:
    """To be called once, when everything is loaded.

    What is loaded by now stays: looking through it for garbage again and again was a fifth of what
    a batch of events costs, and held up a page for 0.1 s now and then. A batch is a few thousand
    objects, which go without the collector; many more than that should not wait for it, since a
    circle may hold a large piece of an upload.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
