"""Wiring only: settings, urls, engines, registries filled. No business rule."""
