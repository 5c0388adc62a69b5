"""Runs the entropy coders of others on the same symbols: craystack's rANS and constriction."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from bench.errors import RoundTripFailed
from bench.measure.cases import BINS, Case, logistic_masses
from bench.measure.timing import Contender, Own
from codec.coding.message import Message, Vector

WIDE_ROWS = 1 << 12  # symbols of a peer that wants 511 probabilities for each of them


def craystack_rans() -> ModuleType | None:
    """craystack's rans module where its package is on the path, else None.

    It is loaded by its file: it needs numpy alone, while the package around it wants scipy and autograd.
    """
    package = importlib.util.find_spec("craystack")
    for folder in (package and package.submodule_search_locations) or ():
        spec = importlib.util.spec_from_file_location("craystack_rans", Path(folder) / "rans.py")
        if spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    return None


def missing() -> list[str]:
    """Names of the peers that cannot be imported here."""
    found = {"craystack": craystack_rans() is not None, "constriction": importlib.util.find_spec("constriction") is not None}
    return [name for name, here in found.items() if not here]


def craystack_intervals(starts: Vector, freqs: Vector, precision: int, lanes: int, calls: int) -> list[Contender]:
    """craystack coding the first calls * lanes given intervals, one symbol per lane in a call; its words are compared with ours."""
    rans = craystack_rans()
    if rans is None:
        return []
    parts = [slice(i * lanes, (i + 1) * lanes) for i in range(calls)]
    ours = Message.empty(lanes)
    ours.push(starts[: calls * lanes], freqs[: calls * lanes], precision)

    def push(state: Own) -> Own:
        for part in reversed(parts):
            state = rans.push(state, starts[part], freqs[part], precision)
        return state

    def pop(state: Own) -> Own:
        words = state
        for part in parts:
            _, finish = rans.pop(state, precision)
            state = finish(starts[part], freqs[part])
        return words, state

    def verify(returned: Own) -> None:
        words, state = returned
        if not np.array_equal(rans.flatten(words), ours.to_words()) or len(rans.flatten(state)) != 2 * lanes:
            raise RoundTripFailed("craystack writes other words than codec, or does not get them back")

    name = f"craystack, {lanes} lanes, a call per lane vector"
    return [Contender(name, calls * lanes, lambda: rans.base_message(lanes), push, pop, verify)]


def constriction_coding(case: Case) -> list[Contender]:
    """constriction's ANS coder (one lane, models at 24 bits) on the symbols of a case, with the models that come closest."""
    if importlib.util.find_spec("constriction") is None:
        return []
    from constriction import stream

    model = stream.model
    symbols, floats = case.symbols.astype(np.int32), case.parameters
    if case.name == "table":
        fixed = model.Categorical(floats["probabilities"], perfect=False)
        return [constriction_contender("constriction, Categorical", symbols, (fixed,), (fixed, symbols.size))]
    if case.name == "bernoulli":
        each = (model.Bernoulli(perfect=False), floats["ones"])
        return [constriction_contender("constriction, Bernoulli", symbols, each, each)]
    rows = {name: values[:WIDE_ROWS] for name, values in floats.items()}
    wide = (model.Categorical(perfect=False), logistic_masses(np.arange(BINS)[None], rows).astype(np.float32))
    gaussian = (model.QuantizedGaussian(0, BINS - 1), floats["locations"][:, 0].copy(), floats["scales"][:, 0] * np.pi / np.sqrt(3))
    return [
        constriction_contender("constriction, Categorical from given probabilities", symbols[:WIDE_ROWS], wide, wide),
        constriction_contender("constriction, QuantizedGaussian (one component)", symbols, gaussian, gaussian),
    ]


def constriction_contender(name: str, symbols: NDArray[np.int32], encode: tuple[object, ...], decode: tuple[object, ...]) -> Contender:
    """encode_reverse(symbols, *encode) and decode(*decode) on a fresh stack."""
    from constriction import stream

    def push(coder: Own) -> Own:
        coder.encode_reverse(symbols, *encode)
        return coder

    def verify(returned: Own) -> None:
        if not np.array_equal(returned, symbols):
            raise RoundTripFailed(f"{name} does not return what it coded")

    return Contender(name, len(symbols), stream.stack.AnsCoder, push, lambda coder: coder.decode(*decode), verify)
