"""Billing: what invoices and billing systems say, brought to terms (docs/billing.md)."""
