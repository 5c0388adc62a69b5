"""The bytes of archives: blocks, the index, and what is left when either is cut off."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.container import archive
from codec.container.archive import START, ArchiveEntry, Index, Place
from codec.errors import BadFile

NAMES = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=30)
ENTRIES = st.lists(st.builds(ArchiveEntry, NAMES, st.none() | st.integers(0, 1 << 39), st.just(0)), min_size=1, max_size=9)


def written(blocks: list[list[ArchiveEntry]], with_index: bool = True) -> bytes:
    """An archive of these entries, each with a content of some bytes."""
    data, places = START, list[Place]()
    for entries in blocks:
        files = [bytes([number]) * (5 + number) for number, entry in enumerate(entries) if not entry.back]
        record = archive.block_record(entries, [bytes([number]) * 8 for number in range(len(entries))], files, False)
        places.append(Place(len(data), len(record), len(entries)))
        data += record
    return data + archive.index_record(places, [entry for entries in blocks for entry in entries], len(data)) if with_index else data


def index(data: bytes) -> Index:
    return archive.read_index(io.BytesIO(data), len(data))


@given(st.lists(ENTRIES, max_size=4))
def test_an_archive_says_what_was_written(blocks: list[list[ArchiveEntry]]) -> None:
    found, file = index(data := written(blocks)), io.BytesIO(data)
    assert found.whole and list(found.entries) == [entry for entries in blocks for entry in entries]
    for place, entries in zip(found.places, blocks, strict=True):
        record = archive.read_record(file, place.start, len(data))
        head = archive.read_head(record, None)
        assert list(head.entries) == entries
        assert archive.read_body(file, record, head) == b"".join(bytes([number]) * (5 + number) for number in range(len(entries)))


@given(st.lists(ENTRIES, min_size=1, max_size=3), st.data())
def test_a_torn_archive_has_all_complete_blocks(blocks: list[list[ArchiveEntry]], data: st.DataObject) -> None:
    whole = written(blocks)
    cut = data.draw(st.integers(len(START), len(whole) - 1))
    found = index(whole[:cut])
    complete = [place for place in index(whole).places if place.start + place.length <= cut]
    assert list(found.places) == complete and not found.whole
    assert list(found.entries) == [entry for entries in blocks[: len(complete)] for entry in entries]


def test_what_was_appended_counts() -> None:
    first = written([[ArchiveEntry("a", 1)]])
    record = archive.block_record([ArchiveEntry("b", 2), ArchiveEntry("a", None, 2)], [b"8" * 8] * 2, [b"later"], False)
    places = [*index(first).places, Place(len(first), len(record), 2)]
    end = len(first) + len(record)
    whole = first + record + archive.index_record(places, [ArchiveEntry("a", 1), ArchiveEntry("b", 2), ArchiveEntry("a", None, 2)], end)
    assert index(whole).entries == index(whole[:-1]).entries == (ArchiveEntry("a", 1), ArchiveEntry("b", 2), ArchiveEntry("a", None, 2))
    assert len(index(first + record[:-1]).entries) == 1


@pytest.mark.parametrize("place", range(5))
def test_another_magic_or_version_is_refused(place: int) -> None:
    data = bytearray(written([[ArchiveEntry("a", 1)]]))
    data[place] ^= 64
    with pytest.raises(BadFile):
        index(bytes(data))


def test_every_flipped_bit_is_noticed_or_harmless() -> None:
    blocks = [[ArchiveEntry("a", 1), ArchiveEntry("ab", 9)], [ArchiveEntry("c", None), ArchiveEntry("d", 3, 3)]]
    data = written(blocks)
    for place in range(len(START), len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1
        found = index(bytes(damaged))
        assert list(found.entries) in ([*blocks[0], *blocks[1]], blocks[0], [])
        for each in found.places:
            record_file = io.BytesIO(damaged)
            try:
                record = archive.read_record(record_file, each.start, len(damaged))
                head = archive.read_head(record, None)
                archive.read_body(record_file, record, head)
            except BadFile:
                continue
            assert head.entries == found.entries[: len(head.entries)] or head.entries == found.entries[2:]


A = ArchiveEntry("a", 1)
NONE = [
    [ArchiveEntry("a", 1, 1)],
    [A, ArchiveEntry("b", 1, 1), ArchiveEntry("c", 1, 1)],
    [ArchiveEntry("", 1)],
    [ArchiveEntry("a" * 4097, 1)],
]


@pytest.mark.parametrize("entries", NONE)
def test_entries_that_cannot_be_are_refused(entries: list[ArchiveEntry]) -> None:
    """The same as nothing, the same as one that is the same as another, without a name, of too long a name."""
    data = written([entries], with_index=False)
    with pytest.raises(BadFile):
        archive.read_head(archive.read_record(io.BytesIO(data), len(START), len(data)), [])


def test_an_index_of_more_than_the_file_bears_out_is_none() -> None:
    data = written([], with_index=False)
    for places in ([Place(5, 1 << 30, 1)], [Place(5, 0, 1)], [Place(5, 1, 1)], [Place(5, 0, 64)]):
        entries = [ArchiveEntry("a", 1)] * sum(place.entries for place in places)
        assert index(data + archive.index_record(places, entries, len(data))).entries == ()
