"""Kernels that read and write the bits of entropy-coded data, in which a byte 0xFF is followed by a byte 0.

A reader is an int64 array of READER_FIELDS numbers, a writer one of WRITER_FIELDS: what they are stands below. Bits are taken and put from
the highest of a byte to the lowest. Where the data end, or a marker stands, a reader goes on with zeros and counts them as FAKE.
"""

from __future__ import annotations

import numpy as np

from codec.system.kernels import kernel

POSITION, BUFFER, COUNT, FAKE, READER_FIELDS = 0, 1, 2, 3, 4  # the next byte; bits that were read, and how many; how many do not exist
# of a writer: POSITION, BUFFER, COUNT, and
END, MISSING, WRITER_FIELDS = 3, 4, 5  # bytes that there is room for; 1 if a symbol was to be written that has no code
MASK = (1 << 56) - 1
SHORT = 1 << 10  # entries of a lookup by 10 bits, before those by 16
FULL_BLOCK = 1024  # more bytes than a block ever takes


@kernel
def refill(data, reader):
    """Read bytes until there are more than 40 bits."""
    position, buffer, count = reader[POSITION], reader[BUFFER], reader[COUNT]
    last = len(data) - 1
    if count <= 32 and position + 2 < last:
        first, second, third = np.int64(data[position]), np.int64(data[position + 1]), np.int64(data[position + 2])
        if first != 255 and second != 255 and third != 255:
            buffer = (buffer << 24 | first << 16 | second << 8 | third) & MASK
            position, count = position + 3, count + 24
    while count <= 40:
        byte = np.int64(0)
        if position < last:
            byte = np.int64(data[position])
            if byte != 255:
                position += 1
            elif data[position + 1] == 0:
                position += 2
            else:
                byte = np.int64(0)
                reader[FAKE] += 8
        elif position == last and data[position] != 255:
            byte = np.int64(data[position])
            position += 1
        else:
            reader[FAKE] += 8
        buffer = (buffer << 8 | byte) & MASK
        count += 8
    reader[POSITION], reader[BUFFER], reader[COUNT] = position, buffer, count


@kernel(inline=True)
def take_symbol(data, reader, lookups, table):
    """The next symbol by a row of lookups (huffman.lookup_of), -1 if no code stands there. Then 16 bits can be taken at least."""
    if reader[COUNT] < 32:
        refill(data, reader)
    following = (reader[BUFFER] >> (reader[COUNT] - 16)) & 65535
    entry = np.int64(lookups[table, following >> 6])
    if entry == 0:
        entry = np.int64(lookups[table, SHORT + following])
        if entry == 0:
            return -1
    reader[COUNT] -= entry >> 8
    return entry & 255


@kernel(inline=True)
def take_bits(reader, count):
    """So many bits, at most 16, which are there."""
    reader[COUNT] -= count
    return (reader[BUFFER] >> reader[COUNT]) & ((1 << count) - 1)


@kernel(inline=True)
def take_bit(data, reader):
    """The next bit."""
    if reader[COUNT] < 1:
        refill(data, reader)
    return take_bits(reader, 1)


@kernel(inline=True)
def take_value(reader, size):
    """A number of a size other than 0, which has its sign in its highest bit."""
    value = take_bits(reader, size)
    return value if value >> (size - 1) else value - (1 << size) + 1


@kernel(inline=True)
def is_beyond(reader):
    """Whether bits have been taken that do not exist."""
    return reader[FAKE] > reader[COUNT]


@kernel
def align(data, reader):
    """Go on at the next whole byte. Gives the bits before it, with a 1 above them: from 1 (there are none) to 255."""
    real = reader[COUNT] - reader[FAKE]
    pad = real & 7
    bits = (reader[BUFFER] >> (reader[COUNT] - pad)) & ((1 << pad) - 1)
    position = reader[POSITION]
    for _ in range(real >> 3):
        position -= 2 if position > 1 and data[position - 1] == 0 and data[position - 2] == 255 else 1
    reader[POSITION], reader[BUFFER], reader[COUNT], reader[FAKE] = position, 0, 0, 0
    return bits | 1 << pad


@kernel(inline=True)
def put_bits(out, writer, value, count):
    """Write so many bits, at most 32; up to 31 of them are kept until more come."""
    held, buffer = writer[COUNT] + count, writer[BUFFER] << count | value
    if held >= 32:
        held -= 32
        put_word(out, writer, buffer >> held)
        buffer &= (1 << held) - 1
    writer[BUFFER], writer[COUNT] = buffer, held


@kernel
def put_word(out, writer, word):
    """Write four bytes."""
    position = writer[POSITION]
    if ((~word & 0xFFFFFFFF) - 0x01010101) & word & 0x80808080:  # there may be a byte 0xFF
        put_bytes(out, writer, word, 32)
    else:
        out[position], out[position + 1] = word >> 24, word >> 16 & 255
        out[position + 2], out[position + 3] = word >> 8 & 255, word & 255
        writer[POSITION] = position + 4


@kernel
def put_bytes(out, writer, bits, count):
    """Write whole bytes, so many bits."""
    position = writer[POSITION]
    while count >= 8:
        count -= 8
        byte = bits >> count & 255
        out[position] = byte
        position += 1
        if byte == 255:
            out[position] = 0
            position += 1
    writer[POSITION] = position


@kernel(inline=True)
def put_symbol(out, writer, codes, counts, table, symbol, value, size):
    """Write a symbol by a row of codes (huffman.codes_of), and a value of so many bits, at most 16; count the symbol."""
    counts[table, symbol] += 1
    entry = np.int64(codes[table, symbol])
    length = entry & 31
    if length == 0:
        writer[MISSING] = 1
        return
    put_bits(out, writer, (entry >> 5) << size | value, length + size)


@kernel
def put_padding(out, writer, bits):
    """Fill up the last byte with what align gave, the lowest bits of which count, and write all that was kept."""
    pad = -writer[COUNT] & 7
    put_bits(out, writer, bits & ((1 << pad) - 1), pad)
    put_bytes(out, writer, writer[BUFFER], writer[COUNT])
    writer[BUFFER], writer[COUNT] = 0, 0


@kernel(inline=True)
def size_of(value):
    """How many bits a number has, at most 16, without its sign: without branches, which could not be foretold."""
    value, size = abs(value), np.int64(0)
    for step in (8, 4, 2, 1):
        over = np.int64(value >> step > 0) * step
        value, size = value >> over, size + over
    return size + value


@kernel(inline=True)
def bits_of(value, size):
    """The bits of a number of this size, as take_value reads them."""
    return value if value >= 0 else value + (1 << size) - 1
