"""A small JPEG model that was never trained, and coefficients to code with it."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from codec.density.density import Coefficients
from codec.density.jpeg.blocks import NUMBERS, log_table
from codec.density.jpeg.constants import CLASSES, KINDS, PREDICTIONS, SIZE, inputs_of
from codec.density.jpeg.decisions import SETS, logarithm_table
from codec.density.jpeg.form import ComponentForm, JpegForm
from codec.density.jpeg.learning import PACES
from codec.density.jpeg.mixers import PLAIN, SET_UNIT, SHOWN, WAYS, first_sets
from codec.density.jpeg.model import SOLVED, Model, load_jpeg
from codec.density.jpeg.part import probe_digest
from codec.density.jpeg.solved import ROOM
from codec.density.shared.scales import make_tables
from codec.learn.common.tables import likelihood_tables
from codec.learn.jpeg.counters import model_bytes_of, untrained_counters
from codec.nets.model_file import read_model, write_model
from helpers.small_directions import small_directions

HIDDEN, COMPONENTS = (8, 8), 2
COUNTERS = "counters"
SHIFTS = {"first": 8, "second": 8, "out": 8}

Tensors = dict[str, NDArray[np.generic]]


def small_tensors(seed: int = 0, learning: str = "none") -> Tensors:
    """The tensors of a model with random weights, which learns so."""
    rng = np.random.default_rng(seed)
    tensors: Tensors = {}
    solves = learning.endswith(f"-{SOLVED}")
    for name, inputs, kinds in (("luma", inputs_of(0, solves), KINDS), ("chroma", inputs_of(1, solves), 2 * KINDS)):
        sizes = {"first": (inputs, HIDDEN[0]), "second": HIDDEN, "out": (HIDDEN[1], (2 + PREDICTIONS) * COMPONENTS)}
        for layer, size in sizes.items():
            tensors[f"{name}.{layer}.weight"] = rng.integers(-99, 100, size).astype(np.int16)
            tensors[f"{name}.{layer}.bias"] = rng.integers(-9999, 10000, (kinds, size[1])).astype(np.int32)
        if WAYS[way_of(learning)].settled:
            tensors[f"{name}.sets"] = (rng.integers(-40, 41, (SETS, HIDDEN[1] + SHOWN)) + plain_sets()).astype(np.int16)
        if PACES[learning_of(learning)].directed:
            tensors |= small_directions({f"{name}.{layer}": size for layer, size in sizes.items()})
    tensors["rates"] = np.array([5000, 500, 2000], np.int32)
    if solves:
        tensors["solved"] = rng.integers(-400, 401, (CLASSES, SIZE, ROOM)).astype(np.int16)
    else:
        tensors["start"] = rng.integers(-400, 1200, (CLASSES, KINDS, NUMBERS)).astype(np.int16)
        tensors["powers"] = np.full((CLASSES, KINDS, NUMBERS), 256, np.int32)
    tables = {**likelihood_tables(), "scale": make_tables()["scale"], "log": log_table(), "logarithm": logarithm_table()}
    tensors |= {f"table.{name}": table for name, table in tables.items()}
    tensors["probe.coefficients"] = small_blocks(rng, 4, 4).reshape(16, SIZE)
    return tensors


def plain_sets() -> NDArray[np.int16]:
    """P.sets of a model whose decisions begin as those of models do that have not settled."""
    plain: NDArray[np.int16] = np.rint(first_sets(SETS, HIDDEN[1])[:, : HIDDEN[1] + SHOWN] / SET_UNIT).astype(np.int16)
    return plain


def learning_of(name: str) -> str:
    """Which layers learn, of such a name."""
    return name.removesuffix(f"-{SOLVED}").removesuffix(f"-{way_of(name)}")


def way_of(name: str) -> str:
    """How decisions are coded, of such a name: what stands at its end, but for how coefficients are predicted."""
    return next((way for way in WAYS if name.removesuffix(f"-{SOLVED}").endswith(f"-{way}")), PLAIN)


def small_metadata(learning: str = "none") -> dict[str, object]:
    """The metadata that go with these tensors, but for the probe's digest; behind what learns, and "-", may stand how decisions are coded
    (mixers.WAYS), and behind these "-solved"."""
    own = {"prediction": SOLVED} if learning.endswith(f"-{SOLVED}") else {}
    way, learning = way_of(learning), learning_of(learning)
    own |= {} if way == PLAIN else {"decisions": way}
    return (
        own
        | ({} if learning == "none" else {"learning": learning})
        | {
            "kind": "jpeg",
            "hidden": list(HIDDEN),
            "components": COMPONENTS,
            "shifts": {"luma": dict(SHIFTS), "chroma": dict(SHIFTS)},
            "probe": "",
            "training": {},
        }
    )


@cache
def small_jpeg_bytes(seed: int = 0, learning: str = "none") -> bytes:
    """The bytes of a model file; one of the quick form, which has learnt nothing, if what learns is COUNTERS."""
    if learning == COUNTERS:
        return model_bytes_of(untrained_counters(small_tensors(seed)["probe.coefficients"].astype(np.int16)), "none")
    metadata, tensors = small_metadata(learning), small_tensors(seed, learning)
    metadata["probe"] = probe_digest(load_jpeg(read_model(write_model(metadata, tensors))))
    return write_model(metadata, tensors)


@cache
def small_jpeg_model(seed: int = 0, learning: str = "none") -> Model:
    """The model of such a file, but for the digest of its probe."""
    if learning == COUNTERS:
        return load_jpeg(read_model(small_jpeg_bytes(seed, learning)))
    return load_jpeg(read_model(write_model(small_metadata(learning), small_tensors(seed, learning))))


def small_blocks(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.int16]:
    """Coefficients int16 [rows, columns, 64] that fall with the frequency."""
    fall = 40.0 / (1.0 + np.add.outer(np.arange(8), np.arange(8)).reshape(-1)) ** 2
    return np.rint(rng.laplace(0.0, fall, (rows, columns, SIZE))).astype(np.int16)


def component(rows: int, columns: int, horizontal: int = 1, vertical: int = 1, step: int = 3) -> ComponentForm:
    """A component whose steps rise from this one."""
    return ComponentForm(rows, columns, horizontal, vertical, tuple(step + place // 4 for place in range(SIZE)))


def colour_form(rows: int, columns: int, horizontal: int = 2, vertical: int = 2) -> JpegForm:
    """The form of three components of so many units; luma has so many blocks in a unit, chroma one."""
    luma = component(rows * vertical, columns * horizontal, horizontal, vertical)
    return JpegForm((luma, component(rows, columns), component(rows, columns, step=4)))


def blocks_of(form: JpegForm, seed: int = 0) -> Coefficients:
    """Coefficients of a whole file of this form."""
    rng = np.random.default_rng(seed)
    return [small_blocks(rng, one.rows, one.columns) for one in form.components]
