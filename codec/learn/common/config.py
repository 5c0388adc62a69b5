"""Holds the settings of training runs: frozen dataclasses that are saved with the weights, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TypeVar, get_type_hints

from codec.errors import BadConfig

T = TypeVar("T")


@dataclass(frozen=True)
class TrainingConfig:
    """Settings of every training run. Each family's config adds `net`, the config of its nets, and settings of its own.

    minutes: the budget; with `steps` it is that many steps instead. rate: the highest learning rate. quantise: the last part of the
    budget, which trains on the integer grid. average: the decay of the average of the weights. seed: of weights, noise and order.
    """

    minutes: float = 30.0
    steps: int = 0
    rate: float = 1e-3
    quantise: float = 0.0
    average: float = 0.9995
    seed: int = 0

    def __post_init__(self) -> None:
        if self.minutes <= 0.0 or self.steps < 0 or self.rate <= 0.0:
            raise BadConfig("minutes and rate must be positive, steps must not be negative")
        check_fractions(quantise=self.quantise, average=self.average)


def check_fractions(**settings: float) -> None:
    """Raise BadConfig for a setting that is not from 0 to 1."""
    for name, value in settings.items():
        if not 0.0 <= value <= 1.0:
            raise BadConfig(f"{name} is a fraction between 0 and 1, not {value}")


def config_to_json(config: TrainingConfig) -> str:
    """A config as a checkpoint holds it."""
    return json.dumps(asdict(config))


def config_from_json(kind: type[T], text: str) -> T:
    """The config that a checkpoint holds. Raises BadConfig for an unknown setting."""
    return _make(kind, json.loads(text))


def config_from_settings(kind: type[T], settings: Mapping[str, object]) -> T:
    """A config of settings given side by side, those of its net among them; None stands for the default. Raises BadConfig."""
    given = {name: value for name, value in settings.items() if value is not None}
    of_net = {name: given.pop(name) for name in get_type_hints(get_type_hints(kind)["net"]) if name in given}
    return _make(kind, {**given, "net": of_net})


def _make(kind: type[T], values: Mapping[str, object]) -> T:
    """A dataclass of values as JSON has them: a list is a tuple, an object is a dataclass."""
    types = get_type_hints(kind)
    if unknown := sorted(set(values) - set(types)):
        raise BadConfig(f"unknown settings {unknown}")
    made: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            value = _make(types[name], value)
        made[name] = tuple(value) if isinstance(value, list) else value
    make: Callable[..., T] = kind
    return make(**made)
