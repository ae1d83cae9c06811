"""Webhooks of billing systems: Stripe."""
