"""The description of a JPEG file as bytes: everything but its coefficients, small where files are alike.

A head is: the exceptions of its scans (notes.py); as numbers of container/numbers.py how many MCUs of the last scan there are (0: all of
them), the length of what the structure lacks, the length of the structure; the structure. Heads stand one after the other, and so does what
their structures lack. Both of them together are packed:

    number  length of the heads, length of the rest, way: 0, 1 or 2, and 3 more where the usual profile stands in the rest (profile.py)
    pairs   if it does, for each time its place less the end of the one before, and its byte INTENT; the rest goes on without it
    0       heads and rest as one stream of deflate, primed with standard.primer
    1       length of the heads' stream, heads as such a stream, the rest as LZMA2
    2       the same, the rest as it is
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from codec.container.lzma2 import pack_bytes, unpack_bytes
from codec.container.numbers import pairs_bytes, read_length, read_pairs, write_length
from codec.errors import BadFile, BadInput
from codec.media.jpeg.notes import ScanNotes, notes_bytes, read_notes
from codec.media.jpeg.profile import MOST_INTENT, PROFILE_BYTES, Places, with_profiles, without_profiles
from codec.media.jpeg.read import MOST_SCANS, JpegDescription, layout_of
from codec.media.jpeg.standard import primer

TOGETHER, LZMA, PLAIN, PROFILED = 0, 1, 2, 3
TINY, SMALL = 1 << 10, 1 << 16  # bytes of a rest up to which LZMA is not tried, and beyond which deflate is not
LARGE = 1 << 22  # bytes of a rest that is packed only if a part of it is worth it
WORTH = 0.97
DEFLATE, LZMA_EXPANSION = 1100, 1 << 13  # most bytes that a byte gives
MOST_HEAD = 1 << 21
ANY = 1 << 40  # pixels


def described(descriptions: Sequence[JpegDescription]) -> bytes:
    """The bytes of some descriptions. Raises BadInput for structures that are larger than a file holds."""
    heads, rest = b"".join(map(_head_bytes, descriptions)), b"".join(one.rest for one in descriptions)
    if len(heads) > MOST_HEAD:
        raise BadInput("a JPEG with too much between its segments")
    start, packed = write_length(len(heads)) + write_length(len(rest)), _deflated(heads)
    rest, places = without_profiles(rest)
    found = [_way(PLAIN, places) + write_length(len(packed)) + packed + rest]
    if len(rest) <= SMALL:
        found.append(_way(TOGETHER, places) + _deflated(heads + rest))
    middle = rest[len(rest) // 2 :][:SMALL]
    if len(rest) > TINY and (len(rest) <= LARGE or len(pack_bytes(middle)) < WORTH * len(middle)):
        smaller = pack_bytes(rest)
        if len(smaller) * LZMA_EXPANSION > len(rest):
            found.append(_way(LZMA, places) + write_length(len(packed)) + packed + smaller)
    return start + min(found, key=len)


def _way(way: int, places: Places) -> bytes:
    return write_length(way + PROFILED) + pairs_bytes(places) if places else write_length(way)


def read_described(data: bytes, most: int) -> list[JpegDescription]:
    """The descriptions in some bytes; of files that have at most so many bytes, together. Raises BadFile."""
    heads_size, position = read_length(data, 0)
    rest_size, position = read_length(data, position)
    way, position = read_length(data, position)
    if heads_size > min(MOST_HEAD, DEFLATE * len(data)) or rest_size > most:
        raise BadFile("the file's header is damaged: a description of more bytes than there can be")
    places: Places = ()
    if way >= PROFILED:
        places, position = read_pairs(data, position, rest_size // PROFILE_BYTES, (rest_size, MOST_INTENT))
        way, rest_size = way - PROFILED, rest_size - len(places) * PROFILE_BYTES
    if way == TOGETHER and rest_size <= SMALL:
        both = _inflated(data[position:], heads_size + rest_size)
        heads, rest = both[:heads_size], both[heads_size:]
    elif way in (LZMA, PLAIN):
        packed, position = read_length(data, position)
        heads, rest = _inflated(data[position : position + packed], heads_size), data[position + packed :]
        if way == LZMA and rest_size <= LZMA_EXPANSION * len(rest):
            rest = unpack_bytes(rest, rest_size)
    else:
        raise BadFile("the file's header is damaged: a description that this release does not know")
    if len(rest) != rest_size:
        raise BadFile("the file's header is damaged: a description of another length")
    return _read_heads(heads, with_profiles(rest, places))


def _head_bytes(one: JpegDescription) -> bytes:
    numbers = one.stopped, len(one.rest), len(one.structure)
    return notes_bytes(one.notes) + b"".join(map(write_length, numbers)) + one.structure


def _read_heads(heads: bytes, rest: bytes) -> list[JpegDescription]:
    found, position, used = list[JpegDescription](), 0, 0
    while position < len(heads):
        noted, position = read_notes(heads, position)
        stopped, position = read_length(heads, position)
        lacking, position = read_length(heads, position)
        length, position = read_length(heads, position)
        structure, position = heads[position : position + length], position + length
        scans = _scans_of(structure)
        if position > len(heads) or used + lacking > len(rest) or scans > MOST_SCANS or any(place >= scans for place in noted):
            raise BadFile("the file's header is damaged: a description that is cut off")
        notes = tuple(noted.get(number, ScanNotes()) for number in range(scans))
        found.append(JpegDescription(structure, rest[used : used + lacking], notes, stopped))
        used += lacking
    if used != len(rest):
        raise BadFile("the file's header is damaged: bytes that belong to no description")
    return found


def _scans_of(structure: bytes) -> int:
    """How many scans there are. Raises BadFile for what is no structure."""
    try:
        return len(layout_of(structure, ANY).scans)
    except BadInput as error:
        raise BadFile(f"the file's header is damaged: it describes {error}") from error


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, primer())
    return packer.compress(data) + packer.flush()


def _inflated(data: bytes, size: int) -> bytes:
    unpacker = zlib.decompressobj(-15, primer())
    try:
        found = unpacker.decompress(data, size + 1)
    except zlib.error as error:
        raise BadFile("the file's header is damaged: a description that does not unpack") from error
    if len(found) != size or not unpacker.eof or unpacker.unused_data:
        raise BadFile("the file's header is damaged: a description of another length")
    return found
