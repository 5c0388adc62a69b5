"""Holds a training run, all that changes while a net is trained, and writes and reads it as a checkpoint."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypedDict, TypeVar

import torch
from torch import Tensor, nn

from codec.errors import BadCheckpoint
from codec.learn.common.config import TrainingConfig, config_from_json, config_to_json
from codec.learn.common.quantise import calibrate, set_quantised

C = TypeVar("C", bound=TrainingConfig)
N = TypeVar("N", bound=nn.Module)
Weights = Mapping[str, Tensor]
Row = dict[str, float]  # of the validation curve

STATE = ("elapsed", "steps", "skipped", "skipped_in_a_row", "usual_norm", "quantised", "bits", "divergence", "rows", "history")


def put_weights(net: nn.Module, weights: Weights) -> None:
    """Give a net the weights of another one like it. Raises BadCheckpoint."""
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        raise BadCheckpoint("the weights are those of another net: give the settings that they were trained with") from error


@dataclass(frozen=True)
class Family(Generic[C, N]):
    """What the loop knows of a family of nets, whatever the data.

    name: as checkpoints have it. config: the class of its configs. build: a net with fresh weights from torch's global generator.
    learning_rate: at some progress (0 ... 1) and step. put: how a fresh net takes over weights; a family may allow that some are missing.
    betas: of Adam. light: while training on the integer grid, only weights and biases are on it.
    """

    name: str
    config: type[C]
    build: Callable[[C], N]
    learning_rate: Callable[[C, float, int], float]
    put: Callable[[N, Weights], None] = put_weights
    betas: tuple[float, float] = (0.9, 0.999)
    light: bool = False


@dataclass
class Run(Generic[C, N]):
    """All that changes while training goes on.

    average: the averaged weights, by name. elapsed: seconds. usual_norm: of the gradient. bits, divergence: running means of the loss and
    of its KL, in bits per dimension. rows: the validation curve. history: how the run was begun and went on (history.py).
    """

    family: Family[C, N]
    config: C
    net: N
    average: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    elapsed: float = 0.0
    steps: int = 0
    skipped: int = 0
    skipped_in_a_row: int = 0
    usual_norm: float = 0.0
    quantised: bool = False
    bits: float = 0.0
    divergence: float = 0.0
    rows: list[Row] = field(default_factory=list)
    history: list[dict[str, object]] = field(default_factory=list)

    @property
    def device(self) -> torch.device:
        return self.generator.device

    @property
    def progress(self) -> float:
        """The share of the budget that is used up."""
        return self.steps / self.config.steps if self.config.steps else self.elapsed / (60.0 * self.config.minutes)


def start(family: Family[C, N], config: C, device: str = "cpu", weights: Weights | None = None) -> Run[C, N]:
    """A fresh run, or one that begins with given weights. Raises BadCheckpoint for weights of another net."""
    torch.manual_seed(config.seed)
    net = family.build(config)
    if weights is not None:
        family.put(net, weights)
    net.to(device)
    optimiser = torch.optim.Adam(net.parameters(), lr=config.rate, betas=family.betas, fused=True)
    return Run(family, config, net, copies(net), optimiser, torch.Generator(device).manual_seed(config.seed))


class Checkpoint(TypedDict):
    """What a checkpoint file holds. config and state are JSON; raw is the net's state dict; optimiser and generator are their states."""

    family: str
    config: str
    state: str
    raw: dict[str, Tensor]
    average: dict[str, Tensor]
    optimiser: dict[str, object]
    generator: Tensor


def save(run: Run[C, N], path: Path) -> None:
    """Write a checkpoint: first beside the path, then renamed onto it."""
    content: Checkpoint = {
        "family": run.family.name,
        "config": config_to_json(run.config),
        "state": json.dumps({name: getattr(run, name) for name in STATE}),
        "raw": run.net.state_dict(),
        "average": run.average,
        "optimiser": run.optimiser.state_dict(),
        "generator": run.generator.get_state(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    torch.save(content, temporary)
    os.replace(temporary, path)


def _read(path: Path, device: str) -> Checkpoint:
    try:
        content: Checkpoint = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # whatever torch makes of bytes that are none of its own
        raise BadCheckpoint(f"{path}: not a checkpoint of this package: {error}") from error
    if not isinstance(content, dict) or set(content) != set(Checkpoint.__annotations__):
        raise BadCheckpoint(f"{path}: not a checkpoint of this package")
    return content


def family_of(path: Path) -> str:
    """The name of the family that a checkpoint is of. Raises BadCheckpoint."""
    return _read(path, "cpu")["family"]


def resume(family: Family[C, N], path: Path, device: str = "cpu") -> Run[C, N]:
    """The run that a checkpoint holds, as it was after its last step. Raises BadCheckpoint, BadConfig."""
    content = _read(path, device)
    if content["family"] != family.name:
        raise BadCheckpoint(f"{path}: a checkpoint of the family {content['family']}, not of {family.name}")
    run = start(family, config_from_json(family.config, content["config"]), device)
    put_weights(run.net, content["raw"])
    run.average = {name: content["average"][name] for name in run.average}
    run.optimiser.load_state_dict(content["optimiser"])
    run.generator.set_state(content["generator"].cpu())
    for name, value in json.loads(content["state"]).items():
        setattr(run, name, value)
    set_quantised(run.net, run.quantised, light=family.light)
    return run


def load_checkpoint(family: Family[C, N], path: Path) -> tuple[N, C]:
    """The averaged net of a checkpoint on the CPU, as `averaged_net` says, and its config. Raises BadCheckpoint, BadConfig."""
    run = resume(family, path)
    return averaged_net(run), run.config


# ---------------------------------------------------------------- weights


def copies(net: nn.Module) -> dict[str, Tensor]:
    """The weights of a net as they are now, by name."""
    return {name: value.detach().clone() for name, value in net.named_parameters()}


def _put_values(net: nn.Module, values: Weights) -> None:
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.copy_(values[name])


@contextmanager
def averaged(run: Run[C, N]) -> Iterator[N]:
    """Within the `with` block the net holds the averaged weights, and is the whole integer graph if the run is quantised."""
    held = copies(run.net)
    _put_values(run.net, run.average)
    set_quantised(run.net, run.quantised)
    try:
        with torch.no_grad():
            yield run.net
    finally:
        _put_values(run.net, held)
        set_quantised(run.net, run.quantised, light=run.family.light)


def averaged_net(run: Run[C, N]) -> N:
    """A copy of the net with the averaged weights, the whole integer graph if the run is quantised."""
    with averaged(run) as net:
        return copy.deepcopy(net)


def begin_quantised(run: Run[C, N]) -> None:
    """Go on from the averaged weights, on the integer grid."""
    _put_values(run.net, run.average)
    calibrate(run.net)
    set_quantised(run.net, True, light=run.family.light)
    run.average, run.quantised = copies(run.net), True
