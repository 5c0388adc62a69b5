"""Codes a sequence of frames as the pictures of groups, side by side in threads, and decodes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from codec.container.container import MAGIC
from codec.container.numbers import read_length, write_length
from codec.errors import BadFile
from codec.kinds import table
from codec.kinds.frames.header import CodedGroup, read_table, table_bytes
from codec.kinds.frames.ways import (
    AGAIN,
    COLOURS,
    DIFFER,
    DIFFERENCE,
    STACK,
    THREE,
    Group,
    form_of_frames,
    frames_of,
    groups_of,
    picture_of,
)
from codec.kinds.requests import Progress, Restoring, Settings
from codec.media.form import Form
from codec.media.picture import Picture, form_of
from codec.system.executor import affordable, completed

COMPRESSING, DECOMPRESSING = "compressing", "decompressing"
MOST_PIXELS = 1 << 22  # of the picture of a group, if that has several frames: as graphics are one stripe (methods/choice.py)
TRIAL_PIXELS, TRIAL_ROWS = 1 << 16, 48  # of each of the frames on which the ways are tried, from the middle; and rows at least
FEWEST_SAMPLES, MOST_SAMPLES = 1 << 16, 1 << 21  # that a thread has in work
GAIN = 0.98  # what a way has to take less than a stack


@dataclass(frozen=True)
class EncodeGroup:
    """Code some frames in a row; before: the one before them."""

    group: Group
    frames: Sequence[Picture]
    before: Picture | None
    settings: Settings

    def run(self) -> bytes:
        """The bytes of the picture's file, less its magic; none for what is there again."""
        if self.group.way == AGAIN:
            return b""
        return table.compress_image(self.picture(), self.settings)[0][len(MAGIC) :]

    def picture(self) -> Picture:
        """The picture of the group."""
        return picture_of(self.group, self.frames, self.before)


@dataclass(frozen=True)
class DecodePicture:
    """Decode the picture of a group."""

    data: bytes
    restoring: Restoring

    def run(self) -> Picture | None:
        """None for what is there again. Raises BadFile."""
        if not self.data:
            return None
        found = table.open_file(MAGIC + self.data).restore(self.restoring)
        if not isinstance(found, Picture):
            raise BadFile("the file is damaged: frames that are no picture")
        return found


def encode_frames(frames: Sequence[Picture], settings: Settings) -> tuple[list[CodedGroup], bytes]:
    """The groups of all frames, and their pictures one after the other. Raises BadInput."""
    tasks = plan(frames, settings)
    threads = _threads(settings.threads, max(frame.pixels.size for frame in frames))
    inner = max(1, threads // min(threads, len(tasks)))
    tasks = [replace(task, settings=replace(task.settings, threads=inner)) for task in tasks]
    coded, pieces, told = list[CodedGroup](), list[bytes](), _Told(COMPRESSING, frames, settings.progress)
    for task, data in zip(tasks, completed(tasks, threads), strict=True):
        coded.append(CodedGroup(task.group, len(data)))
        pieces.append(data)
        told.tell(task.group.frames)
    return coded, b"".join(pieces)


def plan(frames: Sequence[Picture], settings: Settings) -> list[EncodeGroup]:
    """The groups of all frames, each in the way that is likely to take least. Raises BadInput."""
    inner, tasks, place = replace(settings, progress=None, verify=False, opener=None, threads=1), list[EncodeGroup](), 0
    for group in groups_of(frames):
        for part in _cut(_chosen(group, frames, place, inner), frames[place]):
            before = frames[place - 1] if place else None
            tasks.append(EncodeGroup(part, frames[place : place + part.frames], before, inner))
            place += part.frames
    return tasks


def is_one_stack(groups: Sequence[EncodeGroup]) -> bool:
    """Whether groups say no more than that all frames stand one below the other."""
    return all(task.group.way == STACK for task in groups)


def write_sequence(frames: Sequence[Picture], settings: Settings) -> bytes | None:
    """Frames as one piece of bytes: the length of the table of groups, the table, the pictures; None where all are one stack anyway."""
    if is_one_stack(plan(frames, settings)):
        return None
    coded, pictures = encode_frames(frames, settings)
    groups = table_bytes(coded)
    return write_length(len(groups)) + groups + pictures


def read_sequence(data: bytes, samples: int, restoring: Restoring) -> list[Picture]:
    """The frames, of so many samples in all, that write_sequence was given. Raises BadFile."""
    length, position = read_length(data, 0)
    coded, pictures = read_table(data[position : position + length], 0), memoryview(data)[position + length :]
    if sum(form.samples for form in forms_of(coded, pictures)) != samples:
        raise BadFile("the file's header is damaged: its frames have another size")
    return decode_frames(coded, pictures, restoring)


def forms_of(coded: Sequence[CodedGroup], pictures: memoryview) -> list[Form]:
    """The form of each frame; nothing is decoded. Raises BadFile for pictures that do not fit their groups."""
    forms, position = list[Form](), 0
    for one in coded:
        group = one.group
        if group.way == AGAIN:
            for _ in range(group.frames):
                forms.append(forms[-group.back])
            continue
        if position + one.length > len(pictures):
            break
        form = table.form_of_picture(MAGIC + bytes(pictures[position : position + one.length]))
        forms += [form_of_frames(group, form, forms[-1] if forms else None)] * group.frames
        position += one.length
    if position != len(pictures) or len(forms) != sum(one.group.frames for one in coded):
        raise BadFile("the file's header is damaged: its pictures have another length")
    return forms


def decode_frames(coded: Sequence[CodedGroup], pictures: memoryview, restoring: Restoring) -> list[Picture]:
    """All frames; forms_of has let the coded pass. Raises BadFile."""
    frames, forms, pieces, position = list[Picture](), forms_of(coded, pictures), list[bytes](), 0
    for one in coded:
        pieces.append(bytes(pictures[position : position + one.length]))
        position += one.length
    threads = _threads(restoring.threads, max(form.samples for form in forms))
    inner = replace(restoring, ending=None, progress=None, threads=max(1, threads // min(threads, len(pieces))))
    for one, picture in zip(coded, completed((DecodePicture(data, inner) for data in pieces), threads), strict=True):
        if picture is None:
            for _ in range(one.group.frames):
                frames.append(frames[-one.group.back])
        else:
            form_of_frames(one.group, form_of(picture), form_of(frames[-1]) if frames else None)
            frames += frames_of(one.group, picture, frames[-1] if frames else None)
        if restoring.progress is not None:
            done = sum(form.width * form.height for form in forms[: len(frames)])
            restoring.progress(DECOMPRESSING, done, sum(form.width * form.height for form in forms))
    return frames


def _threads(wanted: int | None, samples: int) -> int:
    """Threads for frames of up to so many samples, if it is not said how many."""
    return wanted or affordable(min(max(samples, FEWEST_SAMPLES), MOST_SAMPLES))


class _Told:
    """Tells progress of the pixels of frames that are done."""

    def __init__(self, label: str, frames: Sequence[Picture], progress: Progress | None) -> None:
        self.label, self.progress, self.done = label, progress, 0
        self.left = [frame.width * frame.height for frame in reversed(frames)]
        self.total = sum(self.left)
        self.tell(0)

    def tell(self, frames: int) -> None:
        """So many more."""
        self.done += sum(self.left.pop() for _ in range(frames))
        if self.progress is not None:
            self.progress(self.label, self.done, self.total)


def _chosen(group: Group, frames: Sequence[Picture], first: int, settings: Settings) -> list[Group]:
    """The groups that take the place of a stack: of the way that takes least of three frames in the middle."""
    mode, last = frames[first].mode, first + group.frames
    has_before = first > 0 and form_of(frames[first - 1]) == form_of(frames[first])
    if group.way != STACK or mode not in DIFFER or group.frames + has_before < 2:
        return [group]
    start = max(first - has_before, (first + last) // 2 - 1)
    some = [_middle(frame) for frame in frames[start : min(start + 3, last)]]
    best, least = STACK, GAIN * _trial(Group(STACK, len(some)), some, None, settings)
    difference = _trial(Group(DIFFERENCE, len(some) - 1), some[1:], some[0], settings) * len(some) / (len(some) - 1)
    if difference < least:
        best, least = DIFFERENCE, difference
    if mode in THREE and len(some) == 3 and _trial(Group(COLOURS, 3), some, None, settings) < least:
        best = COLOURS
    if best == COLOURS:
        rest = group.frames % 3
        return [Group(COLOURS, group.frames - rest), *([Group(STACK, rest)] if rest else [])]
    if best == DIFFERENCE and not has_before:
        return [Group(STACK, 1), Group(DIFFERENCE, group.frames - 1)]
    return [Group(best, group.frames)]


def _trial(group: Group, frames: Sequence[Picture], before: Picture | None, settings: Settings) -> float:
    return float(len(EncodeGroup(group, frames, before, settings).run()))


def _middle(frame: Picture) -> Picture:
    """Some rows in the middle of a frame."""
    rows = min(frame.height, max(TRIAL_ROWS, TRIAL_PIXELS // frame.width))
    top = (frame.height - rows) // 2
    return replace(frame, pixels=frame.pixels[top : top + rows])


def _cut(groups: Sequence[Group], frame: Picture) -> Iterator[Group]:
    """Groups whose pictures are not too large."""
    for group in groups:
        area = group.region[2] * group.region[3] if group.region else frame.width * frame.height
        step = 3 if group.way == COLOURS else 1
        most = group.frames if group.way == AGAIN else max(step, MOST_PIXELS // area // step * step)
        for first in range(0, group.frames, most):
            yield replace(group, frames=min(most, group.frames - first))
