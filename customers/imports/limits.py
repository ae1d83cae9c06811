"""What an import takes at most, in one place; docs/how-to/import-a-file.md says the same."""

from __future__ import annotations

# Of any file, and of the text that a workbook is brought to.
MAXIMUM_SIZE = 500 * 1024 * 1024
MAXIMUM_ROWS = 5_000_000
MAXIMUM_COLUMNS = 256
MAXIMUM_CELL = 20_000
MAXIMUM_LINE = 1_000_000
MAXIMUM_HEADING = 200

# Of workbooks: what all parts together may unpack to, in bytes and for each byte of the file.
MAXIMUM_INFLATED = 1024 * 1024 * 1024
MAXIMUM_RATIO = 250
MAXIMUM_SHARED_TEXTS = 5_000_000
MAXIMUM_WORKBOOK_CELL = 32_767
MAXIMUM_WORKBOOK_ROWS = 1_048_576
MAXIMUM_WORKBOOK_COLUMNS = 16_384
