"""Records: dataclasses that take no time to declare.

dataclasses compiles six functions for each class, in half a millisecond, and a command meets a hundred classes. The functions here serve
all classes, and a class's fields are found when they are first asked for. A record is a dataclass for whoever asks: fields, replace and
is_dataclass take it. It is written @record or @record(frozen=True), as type checkers take it for dataclasses.dataclass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, FrozenInstanceError, dataclass
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

__all__ = ["record"]

Class = TypeVar("Class")

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(found: type[Class] | None = None, *, frozen: bool = False) -> type[Class] | Callable[[type[Class]], type[Class]]:
        """Make a dataclass of a class; what the class defines itself stays."""
        made = partial(_made, METHODS | FROZEN if frozen else METHODS)
        return made if found is None else made(found)


def _made(methods: Mapping[str, object], found: type[Class]) -> type[Class]:
    for name, method in methods.items():
        if name not in vars(found):
            setattr(found, name, method)
    found.__dataclass_fields__ = _Fields(found)  # type: ignore[attr-defined]
    return found


class _Fields:
    """Stands for the fields of a class until they are first asked for, and puts them in its place."""

    lock = RLock()

    def __init__(self, owner: type) -> None:
        self.owner = owner

    def __get__(self, instance: object, _: type) -> object:
        with self.lock:
            if vars(self.owner)["__dataclass_fields__"] is self:
                self.owner.__doc__ = self.owner.__doc__ or self.owner.__name__  # in place of a signature, which takes long to write
                dataclass(init=False, repr=False, eq=False)(self.owner)
        return vars(self.owner)["__dataclass_fields__"]


def _values(self: object) -> tuple[object, ...]:
    return tuple(vars(self)[name] for name in type(self).__dataclass_fields__)  # type: ignore[attr-defined]


def _init(self: object, *given: object, **named: object) -> None:
    values, fields = vars(self), type(self).__dataclass_fields__  # type: ignore[attr-defined]
    values.update(zip(fields, given, strict=False))
    for name in list(fields)[len(given) :]:
        field = fields[name]
        if name in named:
            values[name] = named.pop(name)
        elif field.default is not MISSING:
            values[name] = field.default
        elif field.default_factory is not MISSING:
            values[name] = field.default_factory()
        else:
            raise TypeError(f"{type(self).__name__} needs {name}")
    if named or len(given) > len(fields):
        raise TypeError(f"{type(self).__name__} takes {', '.join(fields)}, each once")
    if hasattr(self, "__post_init__"):
        self.__post_init__()


def _repr(self: object) -> str:
    told = zip(type(self).__dataclass_fields__, map(repr, _values(self)), strict=True)  # type: ignore[attr-defined]
    return f"{type(self).__qualname__}({', '.join(f'{name}={value}' for name, value in told)})"


def _eq(self: object, other: object) -> bool:
    return _values(self) == _values(other) if type(self) is type(other) else NotImplemented


def _hash(self: object) -> int:
    return hash(_values(self))


def _setattr(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


METHODS = {"__init__": _init, "__repr__": _repr, "__eq__": _eq, "__hash__": None}
FROZEN = {"__hash__": _hash, "__setattr__": _setattr, "__delattr__": _delattr}
