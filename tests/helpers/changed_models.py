"""Changes one thing in a model file, under a right checksum: for tests that such a model is refused, or codes.

A place in the metadata is written as a path: "programs/encode/steps/0/shift".
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from codec.nets.model_file import read_model, write_model

Tensor: TypeAlias = NDArray[Any]  # of any integers: it is what a test changes
Index: TypeAlias = "int | slice | tuple[slice, int]"


@dataclass(frozen=True)
class Change:
    """What changes, for the name of a test, and the function that changes metadata and tensors."""

    what: str
    make: Callable[[dict[str, Any], dict[str, Tensor]], None]

    def __str__(self) -> str:
        return self.what


def value(place: str, new: object) -> Change:
    """Another value at a place of the metadata, or one more."""

    def make(metadata: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        above, key = _find(metadata, place)
        above[key] = new

    return Change(f"{place} = {new}", make)


def gone(place: str) -> Change:
    """Nothing at a place of the metadata."""

    def make(metadata: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        above, key = _find(metadata, place)
        del above[key]

    return Change(f"no {place}", make)


def copied(place: str, source: str) -> Change:
    """At a place of the metadata what stands at another one."""

    def make(metadata: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        (above, key), (other, kept) = _find(metadata, place), _find(metadata, source)
        above[key] = copy.deepcopy(other[kept])

    return Change(f"{place} = {source}", make)


def tensor_gone(name: str) -> Change:
    """A tensor less."""

    def make(metadata: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        del tensors[name]

    return Change(f"no {name}", make)


def tensor(name: str, new: Callable[[Tensor], Tensor]) -> Change:
    """What a function makes of a tensor instead of it."""
    return Change(name, lambda metadata, tensors: tensors.update({name: new(tensors[name])}))


def numbers(name: str, index: Index, new: int) -> Change:
    """Another number in a part of a tensor."""

    def make(metadata: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        tensors[name][index] = new

    return Change(f"{name}[{index}] = {new}", make)


def added(name: str, index: Index, step: int) -> Change:
    """Something added to the numbers in a part of a tensor."""

    def make(metadata: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        tensors[name][index] += step

    return Change(f"{name}[{index}] += {step}", make)


def together(*changes: Change) -> Change:
    """Several changes that are one mistake."""

    def make(metadata: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        for change in changes:
            change.make(metadata, tensors)

    return Change(", ".join(map(str, changes)), make)


def changed(data: bytes, change: Change) -> bytes:
    """The model file with a change."""
    file = read_model(data)
    metadata, tensors = copy.deepcopy(file.metadata), {name: np.array(values) for name, values in file.tensors.items()}
    change.make(metadata, tensors)
    return write_model(metadata, tensors)


def _find(metadata: dict[str, Any], place: str) -> tuple[Any, str | int]:
    """The object or list that holds a place, and the key of the place in it."""
    *path, last = (int(part) if part.isdigit() else part for part in place.split("/"))
    found: Any = metadata
    for part in path:
        found = found[part]
    return found, last
