"""Photo models: what is wrong with a file is found when it is loaded, and whatever is loaded codes."""

from __future__ import annotations

import copy
import zlib

import numpy as np
import pytest
from helpers.photo_planes import planes_of
from helpers.small_photos import small_photo_model

from codec.density.photo.model import load_photo
from codec.density.photo.stripe import decode_stripe, encode_stripe, probe_digest
from codec.density.photo.surroundings import input_count
from codec.density.shared.scales import UNIT
from codec.errors import BadModel
from codec.nets.model_file import ModelFile, read_model, write_model

FILES = {channels: small_photo_model(channels) for channels in (1, 3)}


def changed(change: str, channels: int = 3) -> ModelFile:
    """A small model with one thing changed."""
    file = read_model(FILES[channels])
    metadata, tensors = copy.deepcopy(file.metadata), {name: values.copy() for name, values in file.tensors.items()}
    exec(change, {"metadata": metadata, "tensors": tensors, "programs": metadata["programs"], "np": np})
    return read_model(write_model(metadata, tensors))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_model_says_what_its_file_says(channels: int) -> None:
    model = load_photo(read_model(FILES[channels]))
    assert (model.channels, model.latents) == (channels, 3)
    assert model.network.units == 16 + 8 + 8 * channels and model.network.components == 2
    assert input_count(channels, len(model.predictors), model.network.surroundings) == {1: 26, 3: 62}[channels]
    assert UNIT == 64


FIELDS = [
    "metadata['kind'] = 'vae'",
    "metadata['channels'] = 1",
    "metadata['channels'] = 2",
    "metadata['channels'] = 4",
    "metadata['surroundings'] = [16, 10, 6]",
    "metadata['surroundings'] = [16, 10, 6, 21]",
    "metadata['surroundings'] = [16, 10, 6, -1]",
    "metadata['surroundings'] = [16, 10, 7, 0]",
    "metadata['trunk'] = [16]",
    "metadata['trunk'] = [16, 8, 8]",
    "metadata['trunk'] = [16, 0]",
    "metadata['trunk'] = [8, 16]",
    "metadata['trunk'] = [1 << 20, 8]",
    "metadata['head'] = 16",
    "metadata['head'] = 8.0",
    "metadata['components'] = 0",
    "metadata['components'] = 1",
    "metadata['components'] = 9",
    "metadata['latents'] = 3",
    "metadata['latents'] = []",
    "metadata['latents'] = [4]",
    "metadata['latents'] = [3, 3]",
    "metadata['shifts'] = {}",
    "del metadata['shifts']['head2']",
    "metadata['shifts']['head3'] = 5",
    "metadata['shifts']['trunk0'] = 0",
    "metadata['shifts']['trunk0'] = 24",
    "metadata['shifts']['trunk0'] = True",
    "metadata['shifts']['trunk0'] = 5.0",
    "metadata['posterior']['mean_shift'] = 17",
    "metadata['posterior']['curve_shift'] = 0",
    "metadata['posterior']['more'] = 0",
    "metadata['training'] = 'yes'",
    "metadata['probe'] = 5",
    "metadata['colour'] = 1",
    "del metadata['trunk']",
]  # fmt: skip

LAYERS = [
    "del tensors['trunk0.weight']",
    "del tensors['out2.bias']",
    "tensors['trunk0.weight'] = tensors['trunk0.weight'][1:]",
    "tensors['head1.weight'] = tensors['head1.weight'][:, 1:]",
    "tensors['head2.bias'] = tensors['head2.bias'][1:]",
    "tensors['head0.weight'] = tensors['head0.weight'][None]",
    "tensors['trunk0.weight'][:] = 800",
    "tensors['trunk1.weight'][:] = 1100",
    "tensors['head2.weight'][:] = -1100",
    "tensors['out0.weight'][:, 5] = 2100",
    "tensors['out1.bias'][3] = 1 << 24",
    "tensors['out1.bias'][3] = -1 << 31",
    "tensors['trunk0.bias'] = np.full(16, -1 << 63)",
    "tensors['trunk0.weight'] = np.full((62, 16), -1 << 63)",
    "tensors['trunk0.weight'] = np.full((62, 16), 1 << 58)",
    "metadata['head'] = 4; tensors.update({f'{n}{c}.{p}': tensors[f'{n}{c}.{p}'][..., :4] for n in ('head',) for c in range(3) "
    "for p in ('weight', 'bias')}); tensors.update({f'out{c}.weight': tensors[f'out{c}.weight'][:4] for c in range(3)})",
]  # fmt: skip

NAMES = ("log", "scale", "reciprocal", "exponential", "sigmoid", "curve", "precision")
TABLES = [
    *(f"del tensors['table.{name}']" for name in NAMES),
    *(f"tensors['table.{name}'] = tensors['table.{name}'][1:]" for name in NAMES),
    "tensors['table.precision'] = np.append(tensors['table.precision'], 1)",
    "tensors['table.precision'] = tensors['table.precision'][None]",
    "tensors['table.log'][700] = 353",
    "tensors['table.log'][0] = -193",
    "tensors['table.log'][30000] = -192",
    "tensors['table.scale'][7] = 0",
    "tensors['table.scale'][7] = -1",
    "tensors['table.scale'][7] = (1 << 18) + 1",
    "tensors['table.reciprocal'][7] = 0",
    "tensors['table.reciprocal'][400] = (1 << 13) + 1",
    "tensors['table.exponential'][3] = 0",
    "tensors['table.exponential'][3] = (1 << 24) + 1",
    "tensors['table.sigmoid'][3] = 257",
    "tensors['table.sigmoid'][3] = -1",
    "tensors['table.curve'][3] = -1",
    "tensors['table.curve'][0] = 1",
    "tensors['table.curve'][-1] -= 1",
    "tensors['table.curve'][500] += 1 << 22",
    "tensors['table.curve'] = tensors['table.curve'][::-1].copy()",
    "tensors['table.precision'][0] = 0",
    "tensors['table.precision'][0] = (1 << 26) + 1",
    "tensors['table.precision'][0] = -1 << 63",
    "tensors['normal.curve'] = tensors['normal.curve'][1:]",
    "tensors['normal.edges'] = tensors['normal.edges'][::-1].copy()",
    "tensors['normal.reciprocals'] = tensors['normal.reciprocals'][1:]",
    "tensors['normal.reciprocals'] = tensors['normal.reciprocals'] * 0",
    "del tensors['probe.planes']",
    "tensors['probe.planes'] = tensors['probe.planes'][0]",
    "tensors['probe.planes'] = tensors['probe.planes'][:1]",
    "tensors['probe.planes'] = tensors['probe.planes'].astype(np.int32)",
    "tensors['probe.planes'] = tensors['probe.planes'][:, :7]",
    "tensors['probe.planes'] = np.zeros((3, 65, 40), np.int16)",
]  # fmt: skip

PROGRAMS = [
    "del programs['modulate']",
    "del programs['sample']",
    "del programs['posterior0']",
    "programs['encode'] = programs['sample']",
    "programs['modulate'], programs['sample'] = programs['sample'], programs['modulate']",
    "programs['modulate']['inputs']['eps0']['low'] = -100",
    "programs['modulate']['inputs']['eps0']['shape'] = [4]",
    "programs['modulate']['inputs']['eps1'] = {'shape': [3], 'low': -4096, 'high': 4096}",
    "programs['modulate']['outputs'] = ['scale']",
    "programs['modulate']['outputs'] = ['shift', 'h']",
    "programs['modulate']['steps'][1]['high'] = 384",
    "programs['modulate']['steps'][1]['low'] = -129",
    "programs['modulate']['steps'][2]['high'] = 1024",
    "programs['modulate']['steps'][2]['out'] = 'scale'",
    "programs['modulate']['steps'][1]['shift'] = -1",
    "tensors['modulate.scale.weight'] = tensors['modulate.scale.weight'][:, 1:]; tensors['modulate.scale.bias'] = np.zeros(47, np.int32)",
    "tensors['modulate.scale.weight'] = np.full((8, 48), -1 << 63)",
    "programs['sample']['inputs']['x']['high'] = 351",
    "programs['sample']['inputs']['x']['shape'] = [67]",
    "programs['sample']['outputs'] = ['h0']; programs['sample']['steps'].pop()",
    "programs['sample']['steps'][1]['op'] = 'sparse'",
    "programs['posterior0']['inputs']['features']['high'] = 32766",
    "programs['posterior0']['inputs'] = {'other': programs['posterior0']['inputs']['features']}",
    "programs['posterior0']['outputs'] = ['mean']",
    "programs['posterior0']['outputs'] = ['log_sigma']",
    "programs['posterior0']['steps'][1]['low'] = -191",
    "programs['posterior0']['steps'][0]['high'] = 1 << 23",
    "metadata['programs'] = []",
]  # fmt: skip


@pytest.mark.parametrize("change", [*FIELDS, *LAYERS, *TABLES, *PROGRAMS])
def test_a_model_with_one_thing_wrong_is_refused(change: str) -> None:
    file = changed(change)
    with pytest.raises(BadModel):
        load_photo(file)


LARGEST = [
    "tensors['trunk0.weight'][:] = 760",
    "tensors['table.exponential'][:] = 1 << 24",
    "tensors['table.exponential'][:] = 1",
    "tensors['table.scale'][:] = 1 << 18",
    "tensors['table.reciprocal'][:] = 1 << 13",
    "tensors['table.precision'][:] = 1 << 26",
    "tensors['table.precision'][:] = 1",
    "tensors['table.log'][:] = 352",
    "tensors['table.log'][:] = 0",
    "tensors['table.sigmoid'][:] = 256",
    "tensors['table.curve'][1:] = 1 << 24",
    "tensors['table.curve'][:-1] = 0",
    "metadata['shifts'] = dict.fromkeys(metadata['shifts'], 1)",
    "metadata['shifts'] = dict.fromkeys(metadata['shifts'], 23)",
]  # fmt: skip


@pytest.mark.parametrize("change", LARGEST)
def test_a_model_at_its_limits_codes_exactly(change: str) -> None:
    model = load_photo(changed(change))
    for kind in ("extremes", "random walk"):
        planes = planes_of(kind, 3, 24, 30)
        assert np.array_equal(decode_stripe(model, encode_stripe(model, planes).payload, planes.shape), planes)


def test_a_changed_weight_changes_the_probe() -> None:
    before, after = (load_photo(changed(change)) for change in ("", "tensors['out0.bias'][0] += 500"))
    assert probe_digest(before) != probe_digest(after)


def check(data: bytes) -> bool:
    """Whether a file is loaded; it then codes."""
    try:
        model = load_photo(read_model(data))
    except BadModel:
        return False
    planes = planes_of("random walk", model.channels, 9, 12)
    assert np.array_equal(decode_stripe(model, encode_stripe(model, planes).payload, planes.shape), planes)
    return True


def test_mutated_models_under_a_right_checksum_are_refused_or_code() -> None:
    body, rng = FILES[1][:-4], np.random.default_rng(11)
    metadata_end = 20 + int.from_bytes(body[8:12], "little")
    outcomes = set()
    for _ in range(300):
        mutated = bytearray(body)
        for position in rng.integers(20, metadata_end, rng.integers(1, 3)):
            mutated[position] = rng.choice([*b'0123456789-,:[]{}"truefalsn', int(rng.integers(256))])
        outcomes.add(check(bytes(mutated) + zlib.crc32(mutated).to_bytes(4, "little")))
    assert outcomes == {True, False}
