"""Lossless image compression with a density model that can be inspected, and bits-back ANS coding."""

__version__ = "0.1.0"
