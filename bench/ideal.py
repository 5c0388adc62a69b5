"""What a model asks for with the very latents that the coder draws: the bound that a file of an array is held to most closely."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.ans import Message
from codec.model import Model, likelihood_coder, posterior_coder, prior_coder, step_coder
from codec.pipeline import Report, initial_message, whiten
from codec.tables import COST_BITS


def ideal_bits(model: Model, images: NDArray[np.uint8], found: Report) -> float:
    """-log2 w of the latents that the coder draws for these images, summed: the chain of one particle is gone through again."""
    message: Message = initial_message(images)
    flat, done, total = images.reshape(len(images), -1), 0, 0
    for number, batch in enumerate(found.batches):
        part, depth = flat[done : done + batch.images], model.depths[batch.depth]
        posterior = posterior_coder(model, part, depth)
        latent = posterior.pop(message.copy())
        cost = (
            likelihood_coder(model, latent, depth).cost(part) + prior_coder(model, len(part), depth).cost(latent) - posterior.cost(latent)
        )
        total += int(cost.sum())
        step_coder(model, len(part), depth).push(message, part)
        whiten(message, number)
        done += batch.images
    return total / (1 << COST_BITS)
