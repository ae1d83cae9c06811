"""Figures to take along: tables as CSV and XLSX, charts as SVG and PNG."""
