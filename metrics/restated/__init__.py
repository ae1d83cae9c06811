"""The record of values that changed after their month was over, and which facts did it."""
