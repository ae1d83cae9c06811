"""Products and plans: made by whatever names them first."""

from __future__ import annotations

from customers.imports.staging import Stage


def write_products_and_plans(stage: Stage, *, of: str) -> None:
    """Make those that rows of the table `of` name (`product`, `plan`) and that are not there."""
    stage.execute(
        f"INSERT INTO customers_product (name) SELECT DISTINCT product FROM {of}"
        " ORDER BY product ON CONFLICT DO NOTHING"
    )
    stage.execute(
        f"""
        INSERT INTO customers_plan (product_id, name)
        SELECT DISTINCT pr.id, t.plan
          FROM {of} t JOIN customers_product pr ON pr.name = t.product
         ORDER BY 1, 2 ON CONFLICT DO NOTHING
        """
    )
