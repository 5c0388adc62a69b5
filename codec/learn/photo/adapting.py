"""Trains a photo net for what it will be while it codes: its layers learn from the pixels of a tile before it is judged by the next.

    a run of pixels of a tile, in the order in which they are coded        as long as a few steps of learning
    for each step's pixels:  bits, and their gradient, with the weights as they are now
                             then these weights learn from the pixels      as density/shared/learning.py has it, in floats

Each tile goes on with what it was taught in the batches before; a share of the tiles begins anew. The gradient is of the first order: what
is learnt along the way counts as a constant that is added to the net's weights, so each step's gradient is the net's own.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from codec.density.shared.learning import FIRST_SQUARES, LARGEST_GRADIENT, PACES, TINY, Pace
from codec.lanes.vectors import LANES
from codec.learn.common.autograd import on_gradient
from codec.learn.common.kernel_layers import Modulations, mixture_bits
from codec.learn.photo.batches import PhotoBatch
from codec.learn.photo.loss import LN2, PhotoLoss
from codec.learn.photo.nets import Layers, PhotoNet, SeenPixels

KINDS = ("trunk", "head", "out")  # of layers, in the order of rates


class Taught:
    """What every tile has taught: for each layer that learns, how far its weights (biases last) are from the net's, and mean squares."""

    def __init__(self, net: PhotoNet, tiles: int, learning: str) -> None:
        self.pace: Pace = PACES[learning]
        self.moved: dict[str, Tensor] = {}
        self.squares: dict[str, Tensor] = {}
        self.rates: dict[str, float] = {}
        for name, (weight, _) in net.layers_used().items():
            if name.startswith(self.pace.layers):
                kind = KINDS.index(name.rstrip("0123456789"))
                shape = tiles, len(weight), weight.shape[1] + 1
                self.moved[name] = weight.new_zeros(shape, requires_grad=False)
                self.squares[name] = torch.full(shape, FIRST_SQUARES[kind], device=weight.device)
                self.rates[name] = self.pace.rates[kind]

    def of(self, batch: PhotoBatch) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """(moved, squares) of a batch's tiles, by layer."""
        fresh = batch.fresh[:, None, None]
        first = {name: FIRST_SQUARES[KINDS.index(name.rstrip("0123456789"))] for name in self.moved}
        moved = {name: every[batch.tiles].masked_fill(fresh, 0.0) for name, every in self.moved.items()}
        squares = {name: every[batch.tiles].masked_fill(fresh, first[name]) for name, every in self.squares.items()}
        return moved, squares

    def keep(self, batch: PhotoBatch, moved: Mapping[str, Tensor], squares: Mapping[str, Tensor]) -> None:
        """Remember them for the tiles whose learning is kept."""
        for name in self.moved:
            self.moved[name][batch.tiles[batch.kept]] = moved[name][batch.kept]
            self.squares[name][batch.tiles[batch.kept]] = squares[name][batch.kept]


def adapting_loss(net: PhotoNet, batch: PhotoBatch, taught: Taught, weight: float = 1.0) -> PhotoLoss:
    """The ELBO of a batch of runs while the net learns; prior and posterior count `weight`. `total` has its gradient, not its value."""
    used, channels = net.layers_used(), net.config.channels
    modulations, divergence = _latents(net, batch)
    pixels = batch.pixels
    count, steps = pixels.inputs.shape[1], pixels.inputs.shape[1] // (LANES * taught.pace.pixels)
    moved, squares = taught.of(batch)
    leaves = {name: (weight.detach().requires_grad_(), bias.detach().requires_grad_()) for name, (weight, bias) in used.items()}
    of_z = None if modulations is None else Modulations(*(part.detach().requires_grad_() for part in modulations))
    shared = [part for name, parts in leaves.items() if name not in moved for part in parts] + list(of_z or ())
    gradients = [torch.zeros_like(part) for part in shared]
    of_learnt = {name: torch.zeros_like(moved[name][0]) for name in moved}
    bits, share = 0.0, 1.0 / taught.pace.memory
    for part in range(steps):
        now = {name: torch.cat([leaves[name][0].detach(), leaves[name][1].detach()[:, None]], 1) + far for name, far in moved.items()}
        for value in now.values():
            value.requires_grad_()
        layers: Layers = {**leaves, **{name: (value[..., :-1], value[..., -1]) for name, value in now.items()}}
        seen = SeenPixels(*(torch.chunk(one, steps, 1)[part] for one in pixels))
        outputs = net.outputs(seen, of_z, layers)
        on_gradient(outputs, lambda gradient: gradient.clamp(-LARGEST_GRADIENT / LN2, LARGEST_GRADIENT / LN2))
        loss = mixture_bits(outputs, seen.facts, net.levels, net.quantised).sum()
        found = torch.autograd.grad(loss, [*shared, *now.values()])
        torch._foreach_add_(gradients, found[: len(shared)])
        for name, slope in zip(now, found[len(shared) :], strict=True):
            of_learnt[name] += slope.sum(0)
            slope = slope * LN2
            squares[name].mul_(1.0 - share).addcmul_(slope, slope, value=share)
            moved[name] = moved[name].addcdiv(slope, (squares[name] + TINY).sqrt_(), value=-taught.rates[name])
        bits += loss.item()
    taught.keep(batch, moved, squares)
    own = [part for name, parts in used.items() if name not in moved for part in parts] + list(modulations or ())
    for name, slope in of_learnt.items():
        own += used[name]
        gradients += [slope[:, :-1], slope[:, -1]]
    total = torch.stack([(part * gradient).sum() for part, gradient in zip(own, gradients, strict=True)]).sum()
    values = len(batch.tiles) * count * channels
    kl = (divergence / batch.areas).mean() / (LN2 * channels)
    return PhotoLoss(total / values + weight * kl, torch.tensor(bits / values), kl.detach())


def _latents(net: PhotoNet, batch: PhotoBatch) -> tuple[Modulations | None, Tensor]:
    """What a z of each tile from its posterior does to the hidden units, and its KL."""
    if not net.config.latents:
        return None, torch.zeros(())
    free = 1.0 - batch.fixed
    posterior = net.posterior(batch.samples)
    eps = posterior.sample(batch.noise[0]) * free.unsqueeze(-1)
    return net.modulations(eps), free * posterior.divergence()
