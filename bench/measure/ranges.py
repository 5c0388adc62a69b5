"""Checks that files take about as many bits as their models say. Outside of these ranges nothing is reported.

A row is what bench/estimate.py says of a picture or an array with one number of particles; bits throughout:

    net          what the data took: payload, less the bits that began the message and come back
    bound        -ELBO or -IWAE_N: the mean of independent draws
    noise        4 standard deviations of a draw and of that mean together: another draw of z may be so far away by chance
    same         what the model asks for with the very latents that the coder drew; None where it is not known

    net against same      from -0.01 % to +0.3 % and 32 bytes a stripe: ends of messages and rounding
    net against bound     from -0.3 % to +0.3 % and 32 bytes a stripe, and the noise both ways; of arrays 0.1 % (one particle) or 0.2 %,
                          and 32 bytes: the first few images take coarser latents
    total against bound   of pictures of 0.39 MPix and more: at most +0.5 % and the noise
    a set of pictures     mean net against mean bound: at most 0.1 % and the mean of 32 bytes a stripe and of the noise
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.errors import OutOfRange

SIGMAS = 4.0
STRIPE_BITS = 8 * 32
SAME_LOW, SAME_HIGH = 0.0001, 0.003
PICTURE, PICTURE_TOTAL, LARGE = 0.003, 0.005, 390_000  # pixels of a picture whose total is judged
SET = 0.001
ARRAY_ONE, ARRAY_SEVERAL = 0.001, 0.002


@dataclass(frozen=True)
class Found:
    """A row to judge. stripes: of a picture, 0 of an array; pixels: of a picture, whatever its channels."""

    name: str
    particles: int
    net: float
    total: float
    bound: float
    noise: float
    same: float | None
    stripes: int
    pixels: int


def check(found: Found) -> None:
    """Raise OutOfRange unless a row is within all its ranges."""
    ends = STRIPE_BITS * max(found.stripes, 1)
    if found.same is not None:
        _within(found, "net", "what its latents ask for", found.net, found.same, SAME_LOW * found.same, SAME_HIGH * found.same + ends)
    wide = PICTURE if found.stripes else ARRAY_ONE if found.particles == 1 else ARRAY_SEVERAL
    reach = wide * found.bound + found.noise
    _within(found, "net", _bound(found.particles), found.net, found.bound, reach, reach + ends)
    if found.stripes and found.pixels >= LARGE:
        _within(found, "total", _bound(found.particles), found.total, found.bound, found.total, PICTURE_TOTAL * found.bound + found.noise)


def check_set(name: str, rows: Sequence[Found]) -> None:
    """Raise OutOfRange unless the pictures of a set, all with one number of particles, are within its range together."""
    net, bound = (sum(getattr(row, what) for row in rows) for what in ("net", "bound"))
    allowed = SET * bound + sum(STRIPE_BITS * row.stripes + row.noise for row in rows)
    together = Found(f"{name} ({len(rows)} pictures)", rows[0].particles, net, net, bound, 0.0, None, 1, 0)
    _within(together, "net", _bound(rows[0].particles), net, bound, allowed, allowed)


def _bound(particles: int) -> str:
    return "-ELBO" if particles == 1 else f"-IWAE_{particles}"


def _within(found: Found, what: str, against: str, value: float, reference: float, below: float, above: float) -> None:
    if not reference - below <= value <= reference + above:
        raise OutOfRange(
            f"{found.name}, {found.particles} particles: {what} {value:,.0f} bits against {against} {reference:,.0f}: "
            f"allowed are {reference - below:,.0f} to {reference + above:,.0f}; nothing is reported"
        )
