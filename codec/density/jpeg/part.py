"""A part of a JPEG file's coefficients to bytes and back: its components one after the other, on one message.

A payload: the message as coding/message_bytes.py writes one of L lanes. L is 1 for less than 2^7 blocks, 2 for less than 2^8, 4 for less
than 2^9, else 8; lane l of a pass uses head l % L. A decoded message MUST end as it began: all heads 2^31, no words.

Luma comes first. Chroma components, in files of three components, are shown luma's blocks at the same place if luma's sampling is as fine,
or twice as fine, in both directions; the second one is also shown the first one, if both have as many blocks. All other components are
coded as luma.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec.coding.message import HEAD_LOW, Message
from codec.coding.message_bytes import read_lanes, write_lanes
from codec.coding.tables import COST_BITS, log2_table
from codec.density.density import Coefficients, Encoded, PlaceCosts
from codec.density.jpeg.blocks import FACTS, CodedBlocks, make_blocks
from codec.density.jpeg.coefficients import code_component
from codec.density.jpeg.constants import CLASSES, SIZE
from codec.density.jpeg.counted import count_component
from codec.density.jpeg.counter_model import CounterModel
from codec.density.jpeg.form import ComponentForm, JpegForm
from codec.density.jpeg.luma import luma_ratio, luma_references
from codec.density.jpeg.model import PROBE_SIDE, Model
from codec.density.jpeg.network import PassBuffers, make_buffers
from codec.density.jpeg.records import SCALING, STEPS_LEFT, DecisionCoder, add_costs, most_of_values, push_records
from codec.errors import BadFile, BadInput, BadModel, EmptyMessage, TooShort
from codec.lanes.vectors import LANES

MAX_LANES, LANE_BLOCKS = 8, 1 << 6
FEWEST_UNITS = 8  # rows of units of a part: enough for all lanes
LARGEST_STEP = 65535
FREE_BLOCKS, BLOCKS_PER_BYTE = 1 << 18, 1 << 9  # that a part may ask for, which takes memory
FREE_STEPS, STEPS_PER_BYTE = 1 << 15, 1 << 10  # likewise, of eight symbols each, which take time
ENDLESS = 1 << 62
DECISIONS_OF_LAST, DECISIONS_OF_DC = 6, 44


@dataclass(frozen=True)
class Pass:
    """What coding a component of a part gave: the records of its decisions and whose they are (records.py), how many blocks it has, how
    many steps were taken, and the buffers of a network, with what was learnt."""

    records: NDArray[np.uint32]
    owners: NDArray[np.int32]
    blocks: int
    steps: int
    buffers: PassBuffers | None = None

    def costs(self) -> NDArray[np.int64]:
        """What each block cost, in units of 2^-24 bit, of a pass that was run for places."""
        assert self.owners.size == self.records.size
        costs = np.zeros(self.blocks, np.int64)
        add_costs(self.records, self.owners, log2_table(), costs)
        return costs


def heads_of_part(blocks: int) -> int:
    """Heads of a part's message: each costs about four bytes."""
    lanes = 1
    while lanes < MAX_LANES and blocks >= 2 * lanes * LANE_BLOCKS:
        lanes *= 2
    return lanes


def plan_parts(form: JpegForm, part_blocks: int) -> list[slice]:
    """The parts of a file, rows of units, of about so many blocks each: its form alone says where they are.

    Each part learns anew, so parts are large: a photo of eight megapixels in three parts is 0.2 % larger than in one.
    """
    units, blocks = form.unit_rows, sum(one.rows * one.columns for one in form.components)
    count = max(1, min(round(blocks / part_blocks), units // FEWEST_UNITS))
    return [slice(i * units // count, (i + 1) * units // count) for i in range(count)]


def shapes_of(form: JpegForm, part: slice) -> list[tuple[int, int]]:
    """Rows and columns of blocks of every component in a part."""
    return [(one.rows_of(part).stop - one.rows_of(part).start, one.columns) for one in form.components]


def encode_part(model: Model, form: JpegForm, part: slice, data: Coefficients, places: bool = False) -> Encoded:
    """Code a part. Raises BadInput for data that are not of this form, TooShort if decoding would refuse the payload."""
    _check(form, part, data)
    passes = run_passes(model, form, part, data, places)
    count, steps = sum(one.blocks for one in passes), sum(one.steps for one in passes)
    message, bits = Message.empty(heads_of_part(count)), list[float]()
    for one in reversed(passes):
        message.stack.reserve(one.records.size)
        likelihood = np.array([1.0, 0.0])
        given = message.heads, message.stack.words, message.stack.size, one.records, one.records.size, likelihood
        message.stack.size = push_records(*given)
        bits.insert(0, SCALING * float(likelihood[1]) - math.log2(likelihood[0]))
    payload = write_lanes(message)
    if not is_affordable(count, len(payload)) or steps >= _most_steps(len(payload)):
        raise TooShort(f"{len(payload)} bytes for {count} blocks")
    named = {f"component {i}": each for i, each in enumerate(bits)} | {"estimate": sum(bits)}
    return Encoded(payload, named, places=_place_costs(form, part, [one.costs() for one in passes]) if places else None)


def is_affordable(blocks: int, payload: int) -> bool:
    """Whether so many blocks take no more memory than so many bytes bear out."""
    return blocks <= FREE_BLOCKS + BLOCKS_PER_BYTE * payload


def _most_steps(payload: int) -> int:
    """Where decoding a part of so many bytes ends, so that no file takes more time than its bytes bear out."""
    return FREE_STEPS + STEPS_PER_BYTE * payload


def decode_part(model: Model, form: JpegForm, part: slice, payload: bytes, limited: bool = True) -> Coefficients:
    """The data of a part. Raises BadFile for a payload that encode_part did not make of data of this form."""
    shapes = shapes_of(form, part)
    count = sum(rows * columns for rows, columns in shapes)
    if limited and not is_affordable(count, len(payload)):
        raise BadFile(f"{len(payload)} bytes ask for {count} blocks of a JPEG file, which takes too much memory")
    _check_form(form)
    message = read_lanes(payload, heads_of_part(count))
    try:
        found = _Passes(model, form, steps=_most_steps(len(payload)) if limited else ENDLESS)
        for i, (rows, columns) in enumerate(shapes):
            found.code(i, np.zeros((rows, columns, SIZE), np.int16), message)
            if found.steps == 0:
                raise BadFile(f"{len(payload)} bytes ask for too much in {count} blocks of a JPEG file, which takes too long")
    except EmptyMessage as error:
        raise BadFile("a part of a JPEG file is damaged: its message does not decode") from error
    if message.stack.size or (message.heads != HEAD_LOW).any():
        raise BadFile("a part of a JPEG file is damaged: its message does not end as it began")
    return [found.coefficients(i) for i in range(len(shapes))]


def run_passes(model: Model, form: JpegForm, part: slice, data: Coefficients, places: bool = False) -> list[Pass]:
    """The intervals of known coefficients, component by component; places: and what each block cost."""
    found = _Passes(model, form, places)
    return [found.code(i, component, None) for i, component in enumerate(data)]


class _Passes:
    """The components of a part, which are coded one after the other, each shown the ones before; steps: how many are left."""

    def __init__(self, model: Model, form: JpegForm, places: bool = False, steps: int = ENDLESS) -> None:
        self.model, self.form, self.places, self.steps, self.done = model, form, places, steps, list[CodedBlocks]()

    def coefficients(self, number: int) -> NDArray[np.int16]:
        """The coefficients of a component that is done, int16 [rows, columns, 64]."""
        blocks = self.done[number]
        return blocks.coefficients[:-1].reshape(blocks.rows, blocks.columns, SIZE)

    def code(self, number: int, data: NDArray[np.int16], message: Message | None) -> Pass:
        """Code the next component: known ones into intervals; from a message into its blocks."""
        kind = number if len(self.form.components) == CLASSES else 0
        blocks = self._blocks(number, kind, data)
        count = blocks.rows * blocks.columns
        room, buffers = most_decisions(data) if message is None else 0, None
        coder = DecisionCoder(
            known=message is None,
            owned=self.places,
            records=np.empty(room, np.uint32),
            owners=np.empty(room if self.places else 0, np.int32),
            heads=np.zeros(1, np.uint64) if message is None else message.heads,
            words=np.zeros(1, np.uint32) if message is None else message.stack.words,
            numbers=np.array([0, *((0, 0, 1) if message is None else (message.stack.size, 0, message.heads.size)), self.steps], np.int64),
        )
        if isinstance(self.model, CounterModel):
            end = count_component(blocks, self.model.arrays(kind), coder)
        else:
            network = self.model.network(kind)
            lanes, finished = np.zeros((3, LANES), np.int64), np.zeros(blocks.rows, np.int64)
            buffers = make_buffers(network, self.model.sets(kind))
            end = code_component(blocks, network, buffers, coder, lanes, finished)
        self.done.append(blocks)
        taken = self.steps - int(coder.numbers[STEPS_LEFT])
        self.steps -= taken
        if message is not None:
            if end < 0:
                raise EmptyMessage(missing_bits=-32 * int(end))
            message.stack.size = int(end)
            end = 0
        return Pass(coder.records[:end], coder.owners[:end], count, taken, buffers)

    def _blocks(self, number: int, kind: int, data: NDArray[np.int16]) -> CodedBlocks:
        one, references, first_chroma = self.form.components[number], None, None
        if kind > 1 and (self.done[1].rows, self.done[1].columns) == data.shape[:2]:
            first_chroma = self.done[1]
        if kind:
            of_luma, luma = self.form.components[0], self.done[0]
            ratio, ratio_of_first = (luma_ratio(_sampling_of(of_luma), _sampling_of(each)) for each in (one, self.form.components[1]))
            if first_chroma is not None and ratio == ratio_of_first:
                references = first_chroma.luma, first_chroma.busy, first_chroma.luma_facts
            elif ratio is not None and luma.rows and data.size:
                facts = luma.facts[:-1].reshape(luma.rows, luma.columns, FACTS)
                steps = np.array(of_luma.steps, np.int64)
                references = luma_references(self.coefficients(0), facts, steps, ratio, *data.shape[:2])
        steps, model = np.array(one.steps, np.int64), self.model
        return make_blocks(data, steps, kind, model.logs, model.start, model.solved, references, first_chroma)


def _sampling_of(one: ComponentForm) -> tuple[int, int]:
    """A component's (vertical, horizontal) sampling."""
    return one.vertical, one.horizontal


def most_decisions(data: NDArray[np.int16]) -> int:
    """No fewer than there are decisions in coding these blocks."""
    return most_of_values(data.reshape(-1)) + (SIZE - 1 + DECISIONS_OF_LAST + DECISIONS_OF_DC) * (data.size // SIZE)


def _place_costs(form: JpegForm, part: slice, costs: list[NDArray[np.int64]]) -> PlaceCosts:
    """What each unit cost, [rows of units, units]."""
    width = max(-(-one.columns // one.horizontal) for one in form.components)
    bits = np.zeros((part.stop - part.start, width))
    for one, (rows, columns), cost in zip(form.components, shapes_of(form, part), costs, strict=True):
        y, x = np.arange(rows) // one.vertical, np.arange(columns) // one.horizontal
        np.add.at(bits, (y[:, None], x[None]), cost.reshape(rows, columns) / (1 << COST_BITS))
    return PlaceCosts(bits)


def probe_digest(model: Model) -> str:
    """SHA-256 of what coding the probe gives, as a file of one component, of three, and of three with half the chroma in both
    directions."""
    whole = np.ascontiguousarray(model.file.tensors["probe.coefficients"].astype(np.int16).reshape(PROBE_SIDE, PROBE_SIDE, SIZE))
    half = np.ascontiguousarray(whole[: PROBE_SIDE // 2, : PROBE_SIDE // 2])
    digest = hashlib.sha256()
    for data in ([whole], [whole, whole[::-1].copy(), whole], [whole, half, half[:, ::-1].copy()]):
        components = []
        for i, each in enumerate(data):
            factor = len(whole) // len(data[-1]) if i == 0 else 1
            steps = tuple(1 + i + place for place in range(SIZE))
            components.append(ComponentForm(each.shape[0], each.shape[1], factor, factor, steps))
        form = JpegForm(tuple(components))
        part = slice(0, form.unit_rows)
        payload = encode_part(model, form, part, data).payload
        if any((one != other).any() for one, other in zip(decode_part(model, form, part, payload), data, strict=True)):
            raise BadModel("the probe does not decode to what was encoded: this machine cannot use the model")
        digest.update(payload)
    return digest.hexdigest()


def _check(form: JpegForm, part: slice, data: Coefficients) -> None:
    _check_form(form)
    shapes = [(*shape, SIZE) for shape in shapes_of(form, part)]
    if [one.shape for one in data] != shapes or any(one.dtype != np.int16 for one in data):
        raise BadInput(f"coefficients of shapes {[one.shape for one in data]}, not int16 of {shapes}")


def _check_form(form: JpegForm) -> None:
    for one in form.components:
        if len(one.steps) != SIZE or not all(1 <= step <= LARGEST_STEP for step in one.steps):
            raise BadFile(f"a component's steps are not {SIZE} numbers from 1 to {LARGEST_STEP}")
