"""Parts of JPEG files: they come back, cost what is said, and damage is told."""

import itertools

import numpy as np
import pytest
from helpers.small_jpegs import (
    COUNTERS,
    blocks_of,
    colour_form,
    component,
    plain_sets,
    small_jpeg_bytes,
    small_jpeg_model,
    small_metadata,
    small_tensors,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from codec.density.jpeg import part as limits
from codec.density.jpeg.form import JpegForm
from codec.density.jpeg.model import Model, load_jpeg
from codec.density.jpeg.part import decode_part, encode_part, most_decisions, plan_parts, probe_digest, run_passes
from codec.errors import BadFile, BadInput, TooShort
from codec.nets.model_file import read_model, write_model

MODEL, COUNTING = small_jpeg_model(), small_jpeg_model(learning=COUNTERS)


def comes_back(form: JpegForm, data: list[np.ndarray], model: Model = MODEL) -> bytes:
    part = slice(0, form.unit_rows)
    payload = encode_part(model, form, part, data).payload
    found = decode_part(model, form, part, payload)
    assert len(found) == len(data) and all(np.array_equal(one, other) for one, other in zip(found, data, strict=True))
    return payload


@pytest.mark.parametrize(("horizontal", "vertical"), [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1)])
def test_a_file_of_three_components_comes_back(horizontal: int, vertical: int) -> None:
    form = colour_form(5, 6, horizontal, vertical)
    comes_back(form, blocks_of(form))
    comes_back(form, blocks_of(form), COUNTING)


@pytest.mark.parametrize("learning", ["all", "whole", "directed"])
def test_what_a_model_that_learns_has_coded_comes_back_and_is_smaller_the_more_there_is(learning: str) -> None:
    sizes = []
    for model in (MODEL, small_jpeg_model(learning=learning)):
        form = colour_form(40, 40, 1, 1)
        sizes.append(len(comes_back(form, blocks_of(form), model)))
    assert sizes[1] < 0.97 * sizes[0]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_file_of_other_numbers_of_components_comes_back(count: int) -> None:
    form = JpegForm(tuple(component(3, 4) for _ in range(count)))
    comes_back(form, blocks_of(form))
    comes_back(form, blocks_of(form), COUNTING)


def test_components_need_not_have_as_many_blocks_as_their_sampling_says() -> None:
    form = JpegForm((component(7, 5, 2, 2), component(4, 3), component(3, 3)))
    comes_back(form, blocks_of(form))


def test_blocks_of_zeros_take_hardly_any_bytes() -> None:
    form = colour_form(20, 20)
    data = [np.zeros((one.rows, one.columns, 64), np.int16) for one in form.components]
    assert len(comes_back(form, data)) < 1200


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 60, 2047, 32767]), st.sampled_from([1, 255, 65535])
)
def test_any_coefficients_come_back(seed: int, rows: int, columns: int, largest: int, step: int) -> None:
    rng = np.random.default_rng(seed)
    form = JpegForm(tuple(component(rows, columns, step=min(step, 65520)) for _ in range(3)))
    data = [rng.integers(-largest - 1, largest + 1, (rows, columns, 64)).astype(np.int16) for _ in range(3)]
    for one in data:
        one[rng.random(one.shape) < rng.random()] = 0
    comes_back(form, data)
    comes_back(form, data, small_jpeg_model(learning="all"))
    comes_back(form, data, small_jpeg_model(learning="whole"))
    comes_back(form, data, small_jpeg_model(learning="none-own"))
    comes_back(form, data, small_jpeg_model(learning="whole-own"))
    comes_back(form, data, small_jpeg_model(learning="whole-settled"))
    comes_back(form, data, small_jpeg_model(learning="whole-together"))
    comes_back(form, data, small_jpeg_model(learning="whole-settled-solved"))
    comes_back(form, data, COUNTING)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2, 3, 5, 60, 32767]))
def test_there_is_room_for_all_decisions(seed: int, largest: int) -> None:
    form = JpegForm((component(3, 3),))
    data = np.random.default_rng(seed).integers(-largest - 1, largest + 1, (3, 3, 64)).astype(np.int16)
    for model in (MODEL, COUNTING):
        assert run_passes(model, form, slice(0, 3), [data])[0].records.size <= most_decisions(data)


def test_parts_come_back_one_by_one() -> None:
    form = colour_form(9, 3)
    whole = blocks_of(form)
    for part in (slice(0, 4), slice(4, 9)):
        data = [np.ascontiguousarray(one[shape.rows_of(part)]) for shape, one in zip(form.components, whole, strict=True)]
        found = decode_part(MODEL, form, part, encode_part(MODEL, form, part, data).payload)
        assert all(np.array_equal(one, other) for one, other in zip(found, data, strict=True))


def test_parts_of_a_large_file_are_all_of_its_rows_and_about_as_large() -> None:
    parts = plan_parts(colour_form(200, 260), 1 << 16)
    assert len(parts) > 1 and parts[0].start == 0 and parts[-1].stop == 200
    assert all(one.stop == other.start for one, other in itertools.pairwise(parts))


def test_a_small_file_is_one_part() -> None:
    assert plan_parts(colour_form(3, 300), 1 << 10) == [slice(0, 3)]


@pytest.mark.parametrize("model", [MODEL, COUNTING])
def test_the_bits_are_those_of_the_payload(model: Model) -> None:
    form = colour_form(30, 30)
    coded = encode_part(model, form, slice(0, 30), blocks_of(form), places=True)
    assert coded.places is not None and coded.places.bits.shape == (30, 30)
    assert sum(coded.bits[f"component {i}"] for i in range(3)) == pytest.approx(coded.bits["estimate"])
    assert coded.places.bits.sum() == pytest.approx(coded.bits["estimate"])
    assert coded.bits["estimate"] / 8 <= len(coded.payload) <= coded.bits["estimate"] / 8 * 1.001 + 64


@pytest.mark.parametrize("learning", ["none", "whole", "whole-own", "whole-settled", "whole-together", "whole-settled-solved", COUNTERS])
def test_the_probe_is_what_the_model_says(learning: str) -> None:
    model = load_jpeg(read_model(small_jpeg_bytes(0, learning)))
    assert probe_digest(model) == model.file.metadata["probe"]


def test_decisions_begin_with_the_weights_of_a_model_that_has_settled() -> None:
    metadata, tensors = small_metadata("whole-settled"), small_tensors(learning="whole-settled")
    for part in ("luma", "chroma"):
        tensors[f"{part}.sets"] = plain_sets()
    plain = load_jpeg(read_model(write_model(metadata, tensors)))
    own = load_jpeg(read_model(write_model({**metadata, "decisions": "own"}, tensors)))
    form, whole = colour_form(6, 5), slice(0, 6)
    payloads = {encode_part(model, form, whole, blocks_of(form)).payload for model in (plain, own)}
    assert len(payloads) == 1
    assert encode_part(small_jpeg_model(learning="whole-settled"), form, whole, blocks_of(form)).payload not in payloads


def payload_by(learning: str, form: JpegForm, data: list[np.ndarray]) -> bytes:
    return encode_part(small_jpeg_model(learning=learning), form, slice(0, form.unit_rows), data).payload


def test_a_lane_that_decides_alone_decides_as_it_would_with_others_but_for_magnitudes_of_3_and_more() -> None:
    form = JpegForm((component(1, 40),))
    small = [np.clip(one, -2, 2) * (np.arange(64) > 61) for one in blocks_of(form)]  # DCs follow the borders, which are almost 0
    assert payload_by("whole-together", form, small) == payload_by("whole-settled", form, small)
    assert payload_by("whole-together", form, blocks_of(form)) != payload_by("whole-settled", form, blocks_of(form))


def test_layers_that_learn_seldom_learn_from_all_of_the_first_steps() -> None:
    form = colour_form(8, 8, 1, 1)
    assert payload_by("directed-seldom-together", form, blocks_of(form)) == payload_by("directed-together", form, blocks_of(form))
    form = JpegForm((component(80, 64),))
    data = blocks_of(form)
    assert comes_back(form, data, small_jpeg_model(learning="directed-seldom-together")) != payload_by("directed-together", form, data)


def test_data_of_another_form_are_refused() -> None:
    form = colour_form(2, 2)
    with pytest.raises(BadInput, match="shapes"):
        encode_part(MODEL, form, slice(0, 2), blocks_of(colour_form(2, 3)))


def test_steps_of_zero_are_refused() -> None:
    form = JpegForm((component(1, 1, step=0),))
    with pytest.raises(BadFile, match="steps"):
        decode_part(MODEL, form, slice(0, 1), bytes(8))


def test_a_payload_that_asks_for_too_many_blocks_is_refused() -> None:
    with pytest.raises(BadFile, match="too much memory"):
        decode_part(MODEL, JpegForm((component(1000, 1000),)), slice(0, 1000), bytes(20))


@pytest.mark.parametrize("learning", ["none", "directed-seldom-together", "directed-settled-solved", COUNTERS])
def test_a_white_page_comes_back(learning: str) -> None:
    form = JpegForm((component(500, 500),))
    assert len(comes_back(form, [np.zeros((500, 500, 64), np.int16)], small_jpeg_model(learning=learning))) < 3000


@pytest.mark.parametrize("model", [MODEL, COUNTING])
def test_blocks_that_take_more_steps_than_their_payload_bears_out_are_refused(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    form, data = JpegForm((component(40, 40),)), [np.full((40, 40, 64), 3, np.int16)]
    payload = comes_back(form, data, model)
    monkeypatch.setattr(limits, "FREE_STEPS", 8000)
    monkeypatch.setattr(limits, "STEPS_PER_BYTE", 0)
    with pytest.raises(BadFile, match="too long"):
        decode_part(model, form, slice(0, 40), payload)
    with pytest.raises(TooShort):
        encode_part(model, form, slice(0, 40), data)
    assert np.array_equal(decode_part(model, form, slice(0, 40), payload, limited=False)[0], data[0])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_damaged_payload_gives_data_or_an_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    form = colour_form(4, 5)
    for model in (MODEL, COUNTING):
        payload = bytearray(encode_part(model, form, slice(0, 4), blocks_of(form)).payload)
        payload[int(rng.integers(len(payload)))] ^= 1 << int(rng.integers(8))
        with pytest.raises(BadFile):
            decode_part(model, form, slice(0, 4), bytes(payload[: int(rng.integers(len(payload))) or 1]))


def test_a_payload_that_goes_on_is_refused() -> None:
    form = colour_form(2, 2)
    with pytest.raises(BadFile):
        decode_part(MODEL, form, slice(0, 2), encode_part(MODEL, form, slice(0, 2), blocks_of(form)).payload + bytes(4))
