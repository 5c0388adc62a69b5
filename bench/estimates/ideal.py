"""What a model asks for with the very latents that the coder draws, by parts: what a file of an array is held to most closely."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.coding.message import Message
from codec.coding.tables import COST_BITS
from codec.density.arrays.model import Model, likelihood_coder, posterior_coder, prior_coder, step_coder
from codec.kinds.array.stream import Report, initial_message, whiten


def ideal_parts(model: Model, images: NDArray[np.uint8], found: Report) -> dict[str, float]:
    """Bits of prior, posterior (given back) and likelihood of the latents that the coder draws for these images, summed: the chain of one
    particle is gone through again. Prior - posterior + likelihood is -log2 w."""
    message: Message = initial_message(images)
    flat, done, totals = images.reshape(len(images), -1), 0, dict.fromkeys(("prior", "posterior", "likelihood"), 0)
    for number, batch in enumerate(found.batches):
        part, depth = flat[done : done + batch.images], model.depths[batch.depth]
        posterior = posterior_coder(model, part, depth)
        latent = posterior.pop(message.copy())
        totals["prior"] += int(prior_coder(model, len(part), depth).cost(latent).sum())
        totals["posterior"] += int(posterior.cost(latent).sum())
        totals["likelihood"] += int(likelihood_coder(model, latent, depth).cost(part).sum())
        step_coder(model, len(part), depth).push(message, part)
        whiten(message, number)
        done += batch.images
    return {name: total / (1 << COST_BITS) for name, total in totals.items()}


def ideal_bits(parts: dict[str, float]) -> float:
    """-log2 w of such parts."""
    return parts["prior"] - parts["posterior"] + parts["likelihood"]
