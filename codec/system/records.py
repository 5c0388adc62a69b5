"""Records: frozen dataclasses that take no time to declare.

dataclasses compiles six functions for each class, in half a millisecond, and a command meets a hundred classes. The functions here serve
all classes. A record is a dataclass for whoever asks: fields, replace and is_dataclass take it. It is written @record(frozen=True), as
type checkers take it for dataclasses.dataclass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass
from typing import TYPE_CHECKING, TypeVar

__all__ = ["record"]

Class = TypeVar("Class")

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool) -> Callable[[type[Class]], type[Class]]:
        """Make a frozen dataclass of a class; what the class defines itself stays."""
        assert frozen, "others are no records"
        return _made


def _made(found: type[Class]) -> type[Class]:
    for name, function in METHODS.items():
        if name not in vars(found):
            setattr(found, name, function)
    return dataclass(init=False, repr=False, eq=False)(found)


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


METHODS: dict[str, Callable[..., object]] = {
    "__init__": _init, "__repr__": _repr, "__eq__": _eq, "__hash__": _hash, "__setattr__": _setattr, "__delattr__": _delattr,
}  # fmt: skip
