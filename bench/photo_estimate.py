"""What photo models say that pictures cost, against what their files cost.

estimate      -ELBO: mean of a few draws of z, drawn anew (not those that the coder drew); IWAE_k: k draws for each tile
overhead      payload of all stripes over the estimate; what goes beyond ALLOWED_PERCENT is given in bytes a stripe
particles     coupled importance sampling: files with N particles over those with one, and IWAE_N beside them
quantisation  the exported integers over the trained floats, on validation tiles, as the model's file has it
z             files of the model over those of one that was trained equally without z
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bench.data.pictures import Named
from bench.estimates.photos import File, coded
from codec.density.photo.model import PhotoModel
from codec.kinds.picture.write import density_picture
from codec.nets.model_file import ModelFile

ALLOWED_PERCENT = 0.3


def percent(value: float, reference: float) -> float:
    """By how much a value exceeds a reference."""
    return 100.0 * (value / reference - 1.0)


def estimate_figures(files: Sequence[File], model: PhotoModel, draws: int) -> dict[str, Any]:
    """A row for each picture, and their extremes."""
    rows = [estimate_row(file, model, draws) for file in files]
    worst = max(rows, key=lambda row: row["bytes_per_stripe_beyond"])
    return {
        "draws": draws,
        "pictures": rows,
        "mean_estimate": float(np.mean([row["estimate"] for row in rows])),
        "mean_payload": float(np.mean([row["payload"] for row in rows])),
        "mean_overhead_percent": float(np.mean([row["overhead_percent"] for row in rows])),
        "worst": {"name": worst["name"], "bytes_per_stripe_beyond": worst["bytes_per_stripe_beyond"]},
    }


def estimate_row(file: File, model: PhotoModel, draws: int) -> dict[str, Any]:
    """Bits/dim of the estimate, with its standard error over the draws, and of the payload."""
    values = file.named.values
    bits = np.array([density_picture(file.named.picture, model, [1], seed)[0] for seed in range(draws)])
    estimate = float(bits.mean())
    beyond = file.payload_bits - (1 + ALLOWED_PERCENT / 100) * estimate
    return {
        "name": file.named.name,
        "estimate": estimate / values,
        "standard_error": float(bits.std(ddof=1)) / draws**0.5 / values if draws > 1 else None,
        "payload": file.payload_bits / values,
        "overhead_percent": percent(file.payload_bits, estimate),
        "over_same_samples_percent": percent(file.payload_bits, file.sizes.parts["estimate"]) if not file.sizes.stored_bits else None,
        "bytes_per_stripe_beyond": beyond / 8 / file.stripes if file.stripes else None,
    }


def particle_figures(pictures: Sequence[Named], model: PhotoModel, counts: Sequence[int]) -> dict[str, Any]:
    """Files and IWAE estimates by number of particles; means over the pictures in bits/dim, and what N particles save against one."""
    estimates, payloads = np.zeros((len(pictures), len(counts))), np.zeros((len(pictures), len(counts)))
    for number, named in enumerate(pictures):
        estimates[number] = np.array(density_picture(named.picture, model, counts)) / named.values
        payloads[number] = [coded(named, model, count).payload_bits / named.values for count in counts]
    rows = [
        {
            "particles": count,
            "iwae": float(estimates[:, column].mean()),
            "payload": float(payloads[:, column].mean()),
            "iwae_saves_percent": -percent(estimates[:, column].mean(), estimates[:, 0].mean()),
            "payload_saves_percent": -percent(payloads[:, column].mean(), payloads[:, 0].mean()),
            "over_iwae_percent": percent(payloads[:, column].mean(), estimates[:, column].mean()),
            "saved_bytes": [round(float(one), 1) for one in _bytes(payloads[:, 0] - payloads[:, column], pictures)],
        }
        for column, count in enumerate(counts)
    ]
    return {"pictures": [named.name for named in pictures], "by_particles": rows}


def _bytes(rates: np.ndarray, pictures: Sequence[Named]) -> np.ndarray:
    return rates * np.array([named.values for named in pictures]) / 8


def quantisation(file: ModelFile) -> dict[str, float] | None:
    """Rates of the integers and of the floats on the validation tiles of the model's training, and their difference; None if not known."""
    measured = file.metadata.get("training", {}).get("validation")
    if not measured:
        return None
    integer, real = measured["integer"], measured["float"]
    result = {"tiles": measured["tiles"], "float": real["free"], "integer": integer["free"], "divergence": integer["divergence"]}
    return result | {"cost_percent": percent(integer["free"], real["free"])}


def ablation_figures(with_z: Mapping[str, Sequence[File]], without_z: Mapping[str, Sequence[File]]) -> dict[str, Any]:
    """By set: mean bits/dim of whole files of both models, and by how many percent those with z are smaller."""
    result = {}
    for name, files in with_z.items():
        ours, theirs = (np.array([file.rate for file in some]) for some in (files, without_z[name]))
        result[name] = {
            "with_z": float(ours.mean()),
            "without_z": float(theirs.mean()),
            "saves_percent": -percent(ours.mean(), theirs.mean()),
            "larger_with_z_on": [file.named.name for file, a, b in zip(files, ours, theirs, strict=True) if a > b],
        }
    return result
