"""How fast something may go: buckets that fill with time, kept in PostgreSQL for all processes.

A bucket holds up to `capacity` and fills by `per_second`. In any hour no more goes than its
capacity and what flows in.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from tenants.models import Company

_TAKE_ROW = """
    INSERT INTO public.tenants_pace (company_id, name, empty_at) VALUES (%s, %s, 'epoch')
    ON CONFLICT (company_id, name) DO UPDATE SET name = excluded.name
    RETURNING id, extract(epoch FROM clock_timestamp() - empty_at)::float
"""


@dataclass(frozen=True)
class Bucket:
    """One company's, or the portal's (`company` None)."""

    company: Company | None
    name: str
    per_second: float
    capacity: float

    def hold(self) -> float:
        """How much is in it. Inside a transaction: nobody else takes from it until that ends.
        Costs a query."""
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_ROW, [self.company and self.company.pk, self.name])
            _, seconds = cursor.fetchone()
        return float(min(self.capacity, seconds * self.per_second))

    def take(self, amount: float) -> float:
        """Take so much, also where it is not there yet: how many seconds until it will be, from
        now. Who comes next waits behind. Costs a query."""
        full_after, needed = self.capacity / self.per_second, amount / self.per_second
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO public.tenants_pace AS pace (company_id, name, empty_at)
                VALUES (%s, %s, clock_timestamp() - make_interval(secs => %s - %s))
                ON CONFLICT (company_id, name) DO UPDATE SET empty_at =
                    greatest(pace.empty_at, clock_timestamp() - make_interval(secs => %s))
                    + make_interval(secs => %s)
                RETURNING extract(epoch FROM empty_at - clock_timestamp())::float
                """,
                [
                    *(self.company and self.company.pk, self.name),
                    *(full_after, needed, full_after, needed),
                ],
            )
            (seconds,) = cursor.fetchone()
        return float(max(0.0, seconds))
