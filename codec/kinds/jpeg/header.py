"""Sections of a file of a JPEG file (kind "J"): what is coded, and where.

The pictures of a JPEG file are its own and, one level deep, those that are whole JPEG files inside of it: thumbnails, second pictures.

H  numbers as container/numbers.py writes them: the file's ending (place in ENDINGS, or their number and its length, then the ending);
   modification time in seconds since 1970 plus 1 (0: unknown); bytes of the file; how many pictures are inside, and 65 more if bytes were
   moved in the first picture's rest; if so the pairs of moves.Moves; for each of the pictures its place in that rest, less the end of the
   one before it, and its bytes; how many parts there are, less 1, and the length of the payload of each but the last: the parts that the
   density plans of each picture. 16 bytes digest: the first of SHA-256 of the file. The descriptions of the pictures
   (media/jpeg/description.py), the first one without the pictures that are inside
S  the payloads of the parts, one after the other, as the density makes them

A reader MUST refuse, before it allocates anything for coefficients, pictures that have more blocks than section S has bytes times 512 and
2^15 for each picture, or more pixels than it is allowed; other numbers of parts than the density plans; lengths that do not add up. It MUST
refuse a file that has another digest.
"""

from __future__ import annotations

from codec.container.numbers import pairs_bytes, read_length, read_pairs, write_length
from codec.errors import BadFile
from codec.kinds.jpeg.moves import FIRST, MAX_MOVES, Moves
from codec.kinds.kind import DIGEST_BYTES, time_number, time_of
from codec.system.records import record

ENDINGS = (".jpg", ".jpeg", ".jpe", ".jfif")
MAX_ENDING = 12
MAX_SIZE = 1 << 34
MAX_INSIDE, MAX_PARTS = 64, 1 << 16
MOVED = MAX_INSIDE + 1


@record(frozen=True)
class JpegHeader:
    """Section H. size: bytes of the file; inside: (place in the first picture's rest, bytes) of each picture inside; lengths: of all
    payloads but the last; moves: of bytes in that rest."""

    ending: str
    modified: int | None
    size: int
    digest: bytes
    inside: tuple[tuple[int, int], ...]
    lengths: tuple[int, ...]
    description: bytes
    moves: Moves = ()


def jpeg_header_bytes(header: JpegHeader) -> bytes:
    if header.ending in ENDINGS:
        named = write_length(ENDINGS.index(header.ending))
    else:
        named = write_length(len(ENDINGS)) + write_length(len(header.ending)) + header.ending.encode()
    first = time_number(header.modified), header.size, len(header.inside) + (MOVED if header.moves else 0)
    moved, values, last = pairs_bytes(header.moves) if header.moves else b"", list[int](), 0
    for place, size in header.inside:
        values += [place - last, size]
        last = place + size
    values += [len(header.lengths), *header.lengths]
    return named + b"".join(map(write_length, first)) + moved + b"".join(map(write_length, values)) + header.digest + header.description


def read_jpeg_header(data: bytes) -> JpegHeader:
    """Section H of a file. Raises BadFile."""
    position = 0

    def number(most: int) -> int:
        nonlocal position
        value, position = read_length(data, position)
        if value > most:
            raise BadFile(f"the file's header is damaged: {value} is more than {most}")
        return value

    ending = number(len(ENDINGS))
    if ending == len(ENDINGS):
        length = number(MAX_ENDING)
        name = data[position : position + length].decode("latin-1")
        position += length
        if name and not (name[0] == "." and name.isascii() and name[1:].isalnum()):
            raise BadFile("the file's header is damaged: its ending is none")
    else:
        name = ENDINGS[ending]
    modified, size, last, inside = time_of(number(1 << 41)), number(MAX_SIZE), 0, list[tuple[int, int]]()
    count, moves = number(MOVED + MAX_INSIDE), Moves()
    if count >= MOVED:
        moves, position = read_pairs(data, position, MAX_MOVES, (MAX_SIZE, FIRST))
    for _ in range(count % MOVED):
        place, length = last + number(MAX_SIZE), number(MAX_SIZE)
        inside.append((place, length))
        last = place + length
    lengths = tuple(number(len(data) + MAX_SIZE) for _ in range(number(min(MAX_PARTS, len(data)))))
    digest, position = data[position : position + DIGEST_BYTES], position + DIGEST_BYTES
    if len(digest) != DIGEST_BYTES:
        raise BadFile("the file's header is damaged: it is cut off")
    return JpegHeader(name, modified, size, digest, tuple(inside), lengths, data[position:], moves)
