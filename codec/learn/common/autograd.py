"""Gives the untyped parts of torch's automatic differentiation their types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from torch import Tensor
from torch.autograd import Function


class Context(Protocol):
    """What the forward pass of a Function leaves for its backward pass."""

    @property
    def saved_tensors(self) -> tuple[Tensor, ...]: ...

    @property
    def needs_input_grad(self) -> tuple[bool, ...]: ...

    def save_for_backward(self, *tensors: Tensor | None) -> None: ...


def apply(function: type[Function], *inputs: object) -> Tensor:
    """The output of a Function for these inputs."""
    forward: Callable[..., Tensor] = function.apply
    return forward(*inputs)


def on_gradient(tensor: Tensor, change: Callable[[Tensor], Tensor]) -> None:
    """From now on, a gradient that reaches the tensor is changed before it goes on."""
    register: Callable[[Callable[[Tensor], Tensor]], object] = tensor.register_hook
    register(change)
