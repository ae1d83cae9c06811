"""Pages of long lists: from where, how many, and the address of the next."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.api.errors import Problem

PAGE, LARGEST_PAGE = 100, 1000
NAMES = ("page_size", "cursor")
PARAMETERS = (
    OpenApiParameter("page_size", int, description=f"Up to {LARGEST_PAGE:,}; {PAGE} without it."),
    OpenApiParameter("cursor", str, description="Where to go on: take the link in `next`."),
)
Row = TypeVar("Row")
ModelRow = TypeVar("ModelRow", bound=Model)


@dataclass(frozen=True)
class Paging:
    """What a call asks for: `size` rows after (or, newest first, before) the row of id `mark`; 0:
    from the beginning."""

    request: Request
    mark: int
    size: int

    @classmethod
    def of(cls, request: Request) -> Paging:
        """Raises Problem for a cursor that is not ours and a size that is not allowed."""
        query = request._request.GET
        return cls(request, _mark(query), size_of(query))

    def following(self, last: int | None) -> str | None:
        """The address of the page after the row of this id; None without one."""
        if not last:
            return None
        params: Any = self.request._request.GET.copy()
        params["cursor"] = base64.urlsafe_b64encode(f"after:{last}".encode()).decode().rstrip("=")
        return self.request.build_absolute_uri(f"{self.request.path}?{params.urlencode()}")

    def cut(
        self, found: Sequence[Row], key: Callable[[Row], int]
    ) -> tuple[Sequence[Row], str | None]:
        """Of up to `size` + 1 rows the page's, and the address of the next. `key`: a row's id."""
        is_more = len(found) > self.size
        page = found[: self.size]
        return page, self.following(key(page[-1])) if is_more else None

    def rows(
        self, found: QuerySet[ModelRow], *, newest_first: bool = False
    ) -> tuple[Sequence[ModelRow], str | None]:
        """The page's rows, by primary key, and the address of the next."""
        if self.mark:
            found = found.filter(**{"pk__lt" if newest_first else "pk__gt": self.mark})
        ordered = found.order_by("-pk" if newest_first else "pk")
        return self.cut(list(ordered[: self.size + 1]), lambda row: int(row.pk))


def size_of(query: QueryDict) -> int:
    """How many rows a page is to have. Raises Problem."""
    text = query.get("page_size", str(PAGE))
    is_number = text.isascii() and text.isdecimal() and len(text) < 6
    if not (is_number and 1 <= int(text) <= LARGEST_PAGE):
        raise Problem(
            400, "invalid_page_size", f"page_size is from 1 to {LARGEST_PAGE:,}; got {text[:40]}."
        )
    return int(text)


def _mark(query: QueryDict) -> int:
    cursor = query.get("cursor", "")
    if not cursor:
        return 0
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        word, _, number = text.decode("ascii").partition(":")
        if word == "after" and number.isdecimal() and len(number) < 19:
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise Problem(400, "invalid_cursor", "Take the cursor from the link in `next` as it is.")
