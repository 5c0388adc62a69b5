"""Training the quick form: what was learnt from files makes others like them smaller."""

from helpers.small_jpegs import COUNTERS, blocks_of, colour_form, small_jpeg_model, small_tensors

from codec.density.jpeg.counter_model import CounterModel
from codec.density.jpeg.model import load_jpeg
from codec.density.jpeg.part import encode_part
from codec.learn.jpeg.counters import learn_counters, model_bytes_of, untrained_counters
from codec.nets.model_file import read_model


def test_a_file_is_smaller_after_others_like_it_were_learnt_from() -> None:
    model, form = small_jpeg_model(learning=COUNTERS), colour_form(12, 10)
    assert isinstance(model, CounterModel)
    part = slice(0, 12)
    learnt = learn_counters(model, [(form, part, blocks_of(form, seed)) for seed in range(1, 7)])
    tensors = untrained_counters(small_tensors()["probe.coefficients"]) | learnt
    after = load_jpeg(read_model(model_bytes_of(tensors, "six files")))
    sizes = [len(encode_part(one, form, part, blocks_of(form, 0)).payload) for one in (model, after)]
    assert sizes[1] < 0.97 * sizes[0]


def test_learning_leaves_the_model_as_it_was() -> None:
    model, form = small_jpeg_model(learning=COUNTERS), colour_form(4, 4)
    assert isinstance(model, CounterModel)
    before = model.counters.copy(), model.weights.copy()
    learn_counters(model, [(form, slice(0, 4), blocks_of(form))])
    assert (model.counters == before[0]).all() and (model.weights == before[1]).all()
