"""JSON objects of a model file's metadata, read field by field: nothing is taken for granted and nothing is left over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from codec.errors import BadModel

INTEGER_LIMIT = (1 << 31) - 1


class Fields:
    """A JSON object, read field by field with its types checked; `finish` refuses what nobody asked for."""

    def __init__(self, spec: Any, what: str) -> None:
        if not isinstance(spec, dict):
            raise BadModel(f"a {what} is not a JSON object")
        self.spec, self.what, self.used = spec, what, set[str]()

    def get(self, key: str, kind: type) -> Any:
        self.used.add(key)
        value = self.spec.get(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise BadModel(f"a {self.what}'s {key!r} is missing or not of type {kind.__name__}")
        return value

    def integer(self, key: str, low: int = -INTEGER_LIMIT, high: int = INTEGER_LIMIT) -> int:
        value = int(self.get(key, int))
        if not low <= value <= high:
            raise BadModel(f"a {self.what}'s {key!r} is not from {low} to {high}")
        return value

    def flag(self, key: str) -> bool:
        return bool(self.get(key, bool))

    def text(self, key: str) -> str:
        return str(self.get(key, str))

    def mapping(self, key: str) -> dict[str, Any]:
        return dict(self.get(key, dict))

    def items(self, key: str, most: int) -> list[Any]:
        items = list(self.get(key, list))
        if len(items) > most:
            raise BadModel(f"a {self.what}'s {key!r} has more than {most} items")
        return items

    def names(self, key: str) -> list[str]:
        names = self.items(key, 64)
        if not all(isinstance(name, str) for name in names):
            raise BadModel(f"a {self.what}'s {key!r} are not names")
        return names

    def integers(self, key: str, most: int, low: int, high: int) -> list[int]:
        values = self.items(key, most)
        if not all(type(value) is int and low <= value <= high for value in values):
            raise BadModel(f"a {self.what}'s {key!r} are not whole numbers from {low} to {high}")
        return values

    def tensor(self, key: str, tensors: Mapping[str, NDArray]) -> NDArray:
        name = self.text(key)
        if name not in tensors:
            raise BadModel(f"a {self.what} uses the tensor {name!r}, which is not in the file")
        return tensors[name]

    def finish(self) -> None:
        unknown = set(self.spec) - self.used
        if unknown:
            raise BadModel(f"a {self.what} has fields that this release does not know: {sorted(unknown)}")
