"""One file per metric, named after its key, with a `METRIC` (docs/how-to/add-a-metric.md)."""
