"""Kinds of files that this app adds to those of customers."""
