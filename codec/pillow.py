"""import codec.pillow: what programs say to load the plugin, which is codec/pillow_plugin.py."""

from codec.pillow_plugin import BBImageFile

__all__ = ["BBImageFile"]
