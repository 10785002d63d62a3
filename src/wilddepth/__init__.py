"""Depth in the wild, without labels."""

__version__ = "0.1.0"
