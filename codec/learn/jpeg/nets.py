"""The networks of the JPEG density, one for luma and one for chroma, in the forms that codec/ computes.

    inputs (30 of luma, 38 of chroma) - hidden - hidden - outputs        once a symbol

Every layer has a bias for each kind of symbol, that is for each place of a coefficient, and for the place of the last one; chroma's network
has them for each of its components. Outputs are a mixture of K logistics in units of a local scale: logits, offsets, log2 scales, and the
ways from the learnt prediction to the other two.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from codec.density.jpeg.constants import KINDS, PREDICTIONS, inputs_of
from codec.density.jpeg.learning import PACES
from codec.density.jpeg.model import LEARNT, SOLVED
from codec.errors import BadConfig
from codec.lanes.vectors import LANES
from codec.learn.common.kernel_layers import INPUT_BITS, INPUT_LIMIT, SUM_BITS, UNIT_BITS, UNIT_LIMIT, KernelLayer, activate, mixture_bits
from codec.learn.common.quantise import Switched

FIRST_SCALES = (-0.7, 0.5, -2.0, 1.3, -3.0)  # octaves
FIRST_WAY = -2.0  # a logit
LEVELS = 16.0  # values whose floors count in the loss: few are beyond
CERTAIN = 1e-5  # that is left where a coefficient cannot be 0


@dataclass(frozen=True)
class JpegConfig:
    """What a JPEG net is: the units of both hidden layers, the components of its mixture, which layers learn while they code, and what its
    predictions are."""

    hidden: tuple[int, int] = (64, 32)
    components: int = 3
    learning: str = "directed"
    prediction: str = LEARNT

    def __post_init__(self) -> None:
        if len(self.hidden) != 2 or min(self.hidden) < LANES or any(width % LANES for width in self.hidden):
            raise BadConfig(f"a JPEG net has two hidden layers of a multiple of {LANES} units: {asdict(self)}")
        if not 1 <= self.components <= len(FIRST_SCALES):
            raise BadConfig(f"a JPEG net has from 1 to {len(FIRST_SCALES)} components: {asdict(self)}")
        if self.prediction not in (LEARNT, SOLVED):
            raise BadConfig(f"predictions of a JPEG net are {LEARNT} or {SOLVED}: {asdict(self)}")
        if self.learning not in PACES:
            raise BadConfig(f"layers of a JPEG net learn one of {', '.join(PACES)}: {asdict(self)}")

    @property
    def outputs(self) -> int:
        """What the last layer gives: 2 + PREDICTIONS numbers for each component."""
        return (2 + PREDICTIONS) * self.components


class SeenSymbols(NamedTuple):
    """Symbols as the net sees them. inputs [n, I]; kinds int64 [n]; facts [n, 1, 3 + PREDICTIONS - 1] and zeros, those of the symbol and of
    0, as `mixture_bits` takes them; forced int64: which of them cannot be 0."""

    inputs: Tensor
    kinds: Tensor
    facts: Tensor
    zeros: Tensor
    forced: Tensor


class KindLayer(KernelLayer):
    """A layer with a bias for each kind of symbol, instead of one for all."""

    def __init__(self, inputs: int, outputs: int, kinds: int, input_bits: int, largest: int, output_bits: int) -> None:
        super().__init__(inputs, outputs, input_bits, largest, output_bits)
        self.bias = nn.Parameter(torch.zeros(kinds, outputs))

    def bound(self) -> int:
        weight, bias = self.integers()
        return int((weight.abs().sum(1) * self.largest + bias.abs().max(0).values).max()) + (1 << self.shift)

    def sums(self, x: Tensor, kinds: Tensor) -> Tensor:
        """[n, inputs], [n] -> [n, outputs], not yet rounded."""
        weight, bias = self.parameters_used()
        return functional.linear(x, weight) + functional.embedding(kinds, bias)


class SymbolNet(Switched):
    """The net of luma or of chroma."""

    levels: Tensor

    def __init__(self, config: JpegConfig, inputs: int, kinds: int) -> None:
        super().__init__()
        first, second = config.hidden
        self.first = KindLayer(inputs, first, kinds, INPUT_BITS, INPUT_LIMIT, SUM_BITS)
        self.second = KindLayer(first, second, kinds, UNIT_BITS, UNIT_LIMIT, SUM_BITS)
        self.out = KindLayer(second, config.outputs, kinds, UNIT_BITS, UNIT_LIMIT, UNIT_BITS)
        self.register_buffer("levels", torch.tensor([LEVELS]), persistent=False)
        k = config.components
        nn.init.normal_(self.out.weight, 0.0, 0.01)
        with torch.no_grad():
            self.out.bias[:, 2 * k : 3 * k] = torch.tensor(FIRST_SCALES[:k])
            self.out.bias[:, 3 * k :] = FIRST_WAY

    def layers(self) -> list[tuple[str, KindLayer]]:
        """Its layers by name."""
        return [("first", self.first), ("second", self.second), ("out", self.out)]

    def outputs(self, symbols: SeenSymbols) -> Tensor:
        """What the net says of symbols: [n, outputs]."""
        h = activate(self.first.sums(symbols.inputs, symbols.kinds), None, self.quantised)
        h = activate(self.second.sums(h, symbols.kinds), None, self.quantised)
        return self.out.sums(h, symbols.kinds)

    def bits(self, symbols: SeenSymbols) -> Tensor:
        """-log2 p of every symbol, [n]."""
        outputs = self.outputs(symbols).unsqueeze(-2)
        bits = mixture_bits(outputs, symbols.facts, self.levels, self.quantised).squeeze(-1)
        zeros = mixture_bits(outputs[symbols.forced], symbols.zeros, self.levels, self.quantised).squeeze(-1)
        excess = torch.log2(1.0 - torch.exp2(-zeros).clamp(max=1.0 - CERTAIN))
        return bits.index_add(0, symbols.forced, excess)


class JpegNet(nn.Module):
    """Both nets."""

    def __init__(self, config: JpegConfig) -> None:
        super().__init__()
        self.config = config
        self.luma = SymbolNet(config, inputs_of(0, config.prediction == SOLVED), KINDS)
        self.chroma = SymbolNet(config, inputs_of(1, config.prediction == SOLVED), 2 * KINDS)
