"""Loads a photo model from its file: a model of kind "photo" (nets/model_file.py).

    channels     1 (gray) or 3 (colour.py)
    trunk, head, components                        sizes of the likelihood's layers (shared/network.py)
    networks     2: two of these are mixed, the second without z; without this field one
    predictors   their name in predictors.SETS     surroundings     four numbers (surroundings.py)
    sums         "singles": the predictors' are in single precision; without this field in double precision (predictors.py)
    learning     what learns while it codes (shared/learning.py)
    shifts       of every layer, by name           latents          [d]: size of a tile's z
    programs     modulate: eps0 -> scale, shift (m - 128 and c of all hidden units: trunk0, trunk1, head0, head1 ...)
                 sample: x -> h (the inputs of a pixel, then for each channel its error in 1/32 scale, and its magnitude)
                 posterior0: features (the mean of h over a tile) -> mean, log_sigma
    posterior    as in density/latents.py          probe            what coding probe.planes gives (stripe.probe_digest)
    training     facts, for people

Tensors: trunk0, trunk1, head0, out0, head1 ... with .weight [inputs, outputs] and .bias (at the sums' scale), those of a second network
behind "second."; table.*, as shared/scales.py and shared/network.py use them; those of the programs; normal.*; probe.planes, int16
[channels, h, w]; where steps are shortened, directions of all layers (shared/directions.py).

Long because a model is read and proved in one place.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from codec.density.latents import Normal, read_normal
from codec.density.photo.layers import MAX_NETWORKS, Sizes, layer_names, learning_layers, read_network
from codec.density.photo.least_squares import Predictor
from codec.density.photo.network import Network
from codec.density.photo.predictors import SETS
from codec.density.photo.surroundings import Surroundings, input_count
from codec.density.shared.learning import PACES, Pace
from codec.density.shared.network import UNIT_LIMIT
from codec.density.shared.plan import DIRECTED, LAYER_FIELDS, LEARNT
from codec.density.shared.scales import HIGHEST_SCALE
from codec.errors import BadModel, CodecError
from codec.lanes.wavefront import NEIGHBOURS, SEGMENT
from codec.nets.json_fields import Fields
from codec.nets.layers import NumpyEngine
from codec.nets.model_file import ModelFile
from codec.nets.program import Program, make_program
from codec.system.records import record

KIND, SINGLES = "photo", "singles"
MAX_UNITS, MAX_COMPONENTS, MAX_LATENTS = 512, 8, 256
MOST_PREDICTORS = max(map(len, SETS.values()))
IDENTITY = 128  # of m


@record(frozen=True)
class PhotoModel:
    """A model that codes stripes of photos (stripe.py). in_singles: its predictors' sums are in single precision; tries_latents: whether
    its encoder looks whether z pays; from_best_side: for the smallest file, stripes are mirrored if that helps."""

    file: ModelFile
    channels: int
    predictors: tuple[Predictor, ...]
    in_singles: bool
    learns: bool
    tries_latents: bool
    from_best_side: bool
    latents: int
    network: Network
    modulate: Program
    sample: Program
    posterior: Program
    normal: Normal

    def modulations(self, eps: NDArray[np.int32]) -> NDArray[np.int32]:
        """m and c of all hidden units, int32 [n, 2 units], for values of z [n, latents] with 10 fraction bits."""
        given = self.modulate({"eps0": eps})
        of_second = (0, 0), (0, self.network.units - given["scale"].shape[1])
        scale, shift = (np.pad(given[name], of_second) for name in ("scale", "shift"))
        return np.ascontiguousarray(np.concatenate([scale + IDENTITY, shift], 1), np.int32)


def load_photo(file: ModelFile) -> PhotoModel:
    """Make a model of a file, proving that its sums are exact. Raises BadModel."""
    try:
        return _load(file)
    except BadModel:
        raise
    except CodecError as error:
        raise BadModel(f"model {file.sha256[:16]}: {error}") from error


def _load(file: ModelFile) -> PhotoModel:
    fields = Fields(file.metadata, "model")
    if fields.text("kind") != KIND:
        raise BadModel(f"a model of kind {fields.text('kind')!r}: photos need one of kind {KIND!r}")
    channels = fields.integer("channels", 1, 3)
    trunk = fields.integers("trunk", 2, 1, MAX_UNITS)
    head, components = fields.integer("head", 1, MAX_UNITS), fields.integer("components", 1, MAX_COMPONENTS)
    latents, predictors = fields.integers("latents", 1, 1, MAX_LATENTS), SETS.get(fields.text("predictors"))
    if predictors is None:
        raise BadModel("a photo model whose predictors this release does not know")
    if channels == 2 or len(trunk) != 2 or len(latents) != 1:
        raise BadModel("a photo model has 1 or 3 channels, a trunk of two layers and one layer of latents")
    in_singles, learning = _are_in_singles(fields), fields.text("learning")
    if (pace := PACES.get(learning)) is None:
        raise BadModel(f"a photo model that learns {learning!r}, which this release does not know")
    counts = fields.integers("surroundings", 4, 0, NEIGHBOURS)
    if len(counts) != 4:
        raise BadModel("a photo model whose surroundings are not four numbers")
    networks = fields.integer("networks", MAX_NETWORKS, MAX_NETWORKS) if "networks" in fields.spec else 1
    sizes = Sizes(channels, len(predictors), Surroundings(*counts), (trunk[0], trunk[1]), head, components, networks)
    network = learning_layers(read_network(file, fields.mapping("shifts"), sizes), layer_names(channels, networks), pace, file)
    programs = {name: make_program(spec, file.tensors, NumpyEngine()) for name, spec in fields.mapping("programs").items()}
    if sorted(programs) != ["modulate", "posterior0", "sample"]:
        raise BadModel("a photo model has the programs modulate, sample and posterior0")
    posterior = programs["posterior0"]
    normal = read_normal(Fields(fields.mapping("posterior"), "posterior"), file, [posterior])
    model = PhotoModel(
        file, channels, predictors, in_singles, learning != "none", not pace.directed, _is_thorough(pace, predictors), latents[0], network,
        programs["modulate"], programs["sample"], posterior, normal,
    )  # fmt: skip
    _check_programs(model)
    fields.text("probe")
    fields.mapping("training")
    fields.finish()
    probe = file.tensor("probe.planes", 3)
    if probe.dtype != np.int16 or len(probe) != channels or min(probe.shape[1:]) < 8 or max(probe.shape[1:]) > 64:
        raise BadModel("a photo model's probe is not planes of its channels, of 8 to 64 rows and columns")
    return model


def _is_thorough(pace: Pace, predictors: tuple[Predictor, ...]) -> bool:
    """Whether all learns that can, in every step, from as many predictors as there are."""
    return "trunk" in pace.layers and pace.steps == (1, 1, 1) and len(predictors) == MOST_PREDICTORS


def _are_in_singles(fields: Fields) -> bool:
    """Whether the predictors' sums are in single precision. Raises BadModel."""
    if "sums" not in fields.spec:
        return False
    if fields.text("sums") != SINGLES:
        raise BadModel("a photo model whose sums are in numbers that this release does not know")
    return True


def learning_so(model: PhotoModel, learning: str) -> PhotoModel:
    """The same model with other layers that learn while it codes, by a name in PACES."""
    plan = model.network.plan.reshape(-1, LAYER_FIELDS).copy()
    plan[:, [LEARNT, DIRECTED]] = -1
    none = model.network._replace(plan=plan.reshape(-1), pace=SEGMENT)
    network = learning_layers(none, layer_names(model.channels, none.networks), PACES[learning], model.file)
    return replace(model, learns=learning != "none", network=network)


def _check_programs(model: PhotoModel) -> None:
    low, high = int(model.normal.values[1]), int(model.normal.values[-2])
    network = model.network
    units, inputs = network.units // network.networks, input_count(model.channels, network.predictors, network.surroundings)
    width = inputs + 2 * model.channels
    modulate, sample, posterior = model.modulate, model.sample, model.posterior
    expected = {"eps0": ((model.latents,), modulate, low, high), "x": ((width,), sample, -HIGHEST_SCALE, HIGHEST_SCALE)}
    for name, (shape, program, least, most) in expected.items():
        value = program.inputs.get(name)
        if value is None or len(program.inputs) != 1 or value.shape != shape or value.low > least or value.high < most:
            raise BadModel(f"a photo model's program does not take {name} of {shape[0]} values")
    scale, shift, h = modulate.outputs.get("scale"), modulate.outputs.get("shift"), sample.outputs.get("h")
    if scale is None or shift is None or scale.shape != (units,) or shift.shape != (units,):
        raise BadModel("the program modulate does not make scale and shift of every hidden unit")
    if scale.low < -IDENTITY or scale.high > 383 or shift.largest > UNIT_LIMIT:
        raise BadModel("the program modulate leaves the range of modulations")
    features = posterior.inputs.get("features")
    if h is None or features is None or h.shape != features.shape or features.low > h.low or features.high < h.high:
        raise BadModel("the programs sample and posterior0 do not fit together")
    mean, log_sigma = posterior.outputs.get("mean"), posterior.outputs.get("log_sigma")
    if mean is None or log_sigma is None or mean.shape != (model.latents,) or log_sigma.shape != (model.latents,):
        raise BadModel("the program posterior0 makes no mean and log_sigma of the latents")
    if mean.largest << model.normal.mean_shift >= 1 << 28:
        raise BadModel("the posterior's mean is beyond the limits")
