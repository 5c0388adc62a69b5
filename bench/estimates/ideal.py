"""Adds up what a model of arrays asks for with the very latents that the coder draws: files of digits are held to it most closely."""

from __future__ import annotations

from bench.measure.peer import Pixels
from codec.coding.tables import COST_BITS
from codec.container.container import read_container
from codec.density.arrays.chain import initial_message, whiten
from codec.density.arrays.model import ArrayModel, likelihood_coder, posterior_coder, prior_coder, step_coder
from codec.kinds.array.header import array_numbers
from codec.kinds.array.stream import read_array_header


def ideal_parts(model: ArrayModel, images: Pixels, data: bytes) -> dict[str, float]:
    """Bits of prior, posterior (given back) and likelihood of the latents that the coder drew for the images in a file of one particle:
    its chain is gone through again. Prior - posterior + likelihood is -log2 w."""
    header = read_array_header(read_container(data))
    flat = images.reshape(len(images), -1)
    message = initial_message(array_numbers(header), flat)
    done, totals = 0, dict.fromkeys(("prior", "posterior", "likelihood"), 0)
    for number, batch in enumerate(header.batches):
        part, depth = flat[done : done + batch.images], model.depths[batch.depth]
        posterior = posterior_coder(model, part, depth)
        latent = posterior.pop(message.copy())
        totals["prior"] += int(prior_coder(model, len(part), depth).cost(latent).sum())
        totals["posterior"] += int(posterior.cost(latent).sum())
        totals["likelihood"] += int(likelihood_coder(model, len(part), latent, depth).cost(part).sum())
        step_coder(model, len(part), depth).push(message, part)
        whiten(message, number)
        done += batch.images
    return {name: total / (1 << COST_BITS) for name, total in totals.items()}


def ideal_bits(parts: dict[str, float]) -> float:
    """-log2 w of such parts."""
    return parts["prior"] - parts["posterior"] + parts["likelihood"]
