"""What actions raise when a rule of the business says no."""

from __future__ import annotations


class Refused(Exception):
    """The action was not done. `message` says why, in words for the person who asked."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
