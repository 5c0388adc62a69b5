"""Reads JSON objects of a model file's metadata field by field: nothing is taken for granted and nothing is left over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadModel

INTEGER_LIMIT = (1 << 31) - 1

Kind = TypeVar("Kind")


class Fields:
    """A JSON object, read field by field with its types checked; `finish` refuses what nobody asked for."""

    def __init__(self, spec: object, what: str) -> None:
        if not isinstance(spec, dict):
            raise BadModel(f"a {what} is not a JSON object")
        self.spec: dict[str, object] = spec
        self.what, self.used = what, set[str]()

    def get(self, key: str, kind: type[Kind]) -> Kind:
        self.used.add(key)
        value = self.spec.get(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise BadModel(f"a {self.what}'s {key!r} is missing or not of type {kind.__name__}")
        return value

    def integer(self, key: str, low: int = -INTEGER_LIMIT, high: int = INTEGER_LIMIT) -> int:
        value = self.get(key, int)
        if not low <= value <= high:
            raise BadModel(f"a {self.what}'s {key!r} is not from {low} to {high}")
        return value

    def flag(self, key: str) -> bool:
        return self.get(key, bool)

    def text(self, key: str) -> str:
        return self.get(key, str)

    def mapping(self, key: str) -> dict[str, object]:
        return dict(self.get(key, dict))

    def items(self, key: str, most: int) -> list[object]:
        items = list(self.get(key, list))
        if len(items) > most:
            raise BadModel(f"a {self.what}'s {key!r} has more than {most} items")
        return items

    def names(self, key: str) -> list[str]:
        items = self.items(key, 64)
        names = [name for name in items if isinstance(name, str)]
        if len(names) < len(items):
            raise BadModel(f"a {self.what}'s {key!r} are not names")
        return names

    def integers(self, key: str, most: int, low: int, high: int) -> list[int]:
        items = self.items(key, most)
        values = [value for value in items if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high]
        if len(values) < len(items):
            raise BadModel(f"a {self.what}'s {key!r} are not whole numbers from {low} to {high}")
        return values

    def tensor(self, key: str, tensors: Mapping[str, NDArray[np.integer]]) -> NDArray[np.integer]:
        name = self.text(key)
        if name not in tensors:
            raise BadModel(f"a {self.what} uses the tensor {name!r}, which is not in the file")
        return tensors[name]

    def finish(self) -> None:
        unknown = set(self.spec) - self.used
        if unknown:
            raise BadModel(f"a {self.what} has fields that this release does not know: {sorted(unknown)}")
