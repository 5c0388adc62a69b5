"""Runs the exact layers on torch, for large batches on a GPU: it gives the numbers of layers.NumpyEngine, or an error.

Only who makes a TorchEngine uses it. Products are plain matrix products in float32 or float64 for which layers.py has proved that every
order of summation gives the same; TF32 would not, so the engine refuses to run while torch is allowed to use it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from codec.errors import BadModel
from codec.nets.layers import LEAKY_SHIFT, Requantise, Values


class TorchEngine:
    """The layers on torch tensors of one device ("cpu", "cuda", ...)."""

    def __init__(self, device: str = "cuda") -> None:
        if torch.device(device).type == "cuda" and not torch.cuda.is_available():
            raise BadModel("no CUDA device here that torch can use")
        self.device = torch.device(device)

    def constant(self, array: NDArray[np.generic]) -> Tensor:
        return torch.tensor(array, device=self.device)

    def fetch(self, values: Tensor) -> Values:
        fetched: Values = values.cpu().numpy()
        return fetched

    def product(self, values: Tensor, weight: Tensor) -> Tensor:
        if torch.get_float32_matmul_precision() != "highest":
            raise BadModel("torch may round float32 products (TF32 or bfloat16): call torch.set_float32_matmul_precision('highest')")
        rows = values.reshape(-1, weight.shape[0]).to(weight.dtype)
        if weight.dtype == torch.int64:  # torch has no integer product on a GPU
            sums = (rows.cpu() @ weight.cpu()).to(self.device)
        else:
            sums = rows @ weight
        return sums.reshape(*values.shape[:-1], weight.shape[1])

    def finish(self, sums: Tensor, addend: Tensor, scale: Requantise) -> Tensor:
        sums = sums + addend
        if sums.dtype == torch.int64:
            sums = sums >> scale.shift
        elif scale.shift:
            sums = (sums * 2.0**-scale.shift).floor()
        return self._clamp(sums, scale)

    def rescale(self, values: Tensor, scale: Requantise) -> Tensor:
        return self._clamp((values.long() + scale.rounding) >> scale.shift, scale)

    def multiply(self, first: Tensor, second: Tensor, scale: Requantise) -> Tensor:
        return self._clamp((first.long() * second.long() + scale.rounding) >> scale.shift, scale)

    def take(self, table: Tensor, values: Tensor, low: int) -> Tensor:
        return table[values.long() - low]

    def pad(self, values: Tensor, before: int, after: int, weight: Tensor) -> Tensor:
        return functional.pad(values.to(weight.dtype), (0, 0, before, after, before, after))

    def upsample(self, values: Tensor, factor: int) -> Tensor:
        return values.repeat_interleave(factor, dim=-3).repeat_interleave(factor, dim=-2)

    def shuffle(self, values: Tensor, factor: int) -> Tensor:
        *leading, height, width, channels = values.shape
        fewer = channels // factor**2
        split = values.reshape(*leading, height, width, factor, factor, fewer)
        return split.transpose(-4, -3).reshape(*leading, height * factor, width * factor, fewer)

    def concatenate(self, values: Sequence[Tensor]) -> Tensor:
        return torch.cat(list(values), dim=-1)

    @staticmethod
    def _clamp(values: Tensor, scale: Requantise) -> Tensor:
        whole = values.clamp(scale.low, scale.high).int()
        return torch.maximum(whole, whole >> LEAKY_SHIFT) if scale.leaky else whole
