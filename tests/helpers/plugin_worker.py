"""Imports the plugin by the name that users know, and says what Pillow knows of .bb files then.

python -m helpers.plugin_worker
"""

from PIL import Image

import codec.pillow  # noqa: F401

if __name__ == "__main__":
    print(Image.registered_extensions()[".bb"], Image.MIME["BB"])
