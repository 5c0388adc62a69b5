"""The efforts of coding photos: how much time to take for smaller files, and the embedded models that do."""

from __future__ import annotations

EFFORTS = {1: "-fast", 5: "", 9: "-best"}  # endings of the models' titles
