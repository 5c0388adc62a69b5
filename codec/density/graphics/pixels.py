"""Codes the pixels of graphics: runs over flat areas, colours that are likely here, and colours that are not.

Pixels are coded row by row. Neighbours are named by where they lie; those above the first row are 0, those left of a row are what is above
its first pixel, those right of a row are its last pixel.

    run         where left, above and the one between are equal, and 16 or more above to the right are, too: are the next 2^k all equal to
                them? k begins with the largest that fits above, at most 12; if not, the first half, and so on, to the pixel that differs
    candidates  without repeats: what follows where the surroundings last were the same (a match, which goes on while it is right); what
                followed the seven neighbours, the four; left, above, right above, left above; the second of the four; two of the first two;
                each is it, or not
    leaf        if none is: is it a frequent colour of the picture? which leaf of their tree (colours.py)?
    channels    if it is none of these

What followed contexts is remembered in int64 [4, 2^m, 2], at the low bits of the contexts' hashes: of seven neighbours the colour, and how
often it came again; of four and of two neighbours the last two colours, the last first; where contexts of fifteen neighbours were. From
bit 40 on stand the top 8 bits of the hash and 1, or nothing is known.
"""

from __future__ import annotations

import numpy as np

from codec.density.graphics.colours import ESCAPED, PAST, code_channels, code_leaf, leaf_of
from codec.density.graphics.decisions import (
    CANDIDATE,
    COUNT,
    FIRST_A,
    FIRST_B,
    FIRST_PLACE,
    FREE,
    LEAF,
    RUN,
    SIZE,
    decide,
    length,
    mix,
    use,
)
from codec.lanes.vectors import prefetch
from codec.system.array_types import Array1, Array2, Array3
from codec.system.kernels import entry, kernel

LEFT, RIGHT, TOP = 6, 6, 3  # pixels around a picture
FEWEST, LONGEST = 16, 12  # of a run: pixels above, and k
MATCH, MATCHED, TRIED = FREE + 2, FREE + 3, FREE + 4  # places in state: where the match is, how long it is, and candidates from TRIED on
CANDIDATES = 10
SEVEN, FOUR, TWO, PLACE = range(4)  # what is remembered of
CHECK = 40  # bit where the check of a remembered colour begins
COLOUR_MASK = (1 << CHECK) - 1


@kernel
def code_run(learnt, counters, tables, inputs, state, words, pixels, at, stride, above, since, decoding):
    """Code how far a flat area goes, or decode it; above: pixels that are equal above. Returns how many pixels are, times 2; 1 more if the
    next one is not."""
    colour, done, failed, k = int(pixels[at - 1]), 0, 0, min(LONGEST, length(above - 1) - 1)
    same = 1 if int(pixels[at - 2 * stride]) == colour else 0
    while k >= 0:
        flat = 0
        if not decoding:
            flat = 1
            for i in range(1 << k):
                if pixels[at + done + i] != colour:
                    flat = 0
                    break
        use(state, counters, 0, mix(mix(101, failed), since))
        use(state, counters, 1, mix(mix(102, failed), colour))
        use(state, counters, 2, mix(mix(103, failed), same))
        use(state, counters, 3, mix(mix(104, failed), min(above, 300)))
        place = 2 * k + failed
        flat = decide(
            learnt, counters, tables, inputs, state, words,
            flat, RUN, k, 0, FIRST_A[RUN] + place, FIRST_B[RUN] + since * 17, FIRST_PLACE[RUN] + place, decoding,
        )  # fmt: skip
        if flat:
            if decoding:
                for i in range(1 << k):
                    pixels[at + done + i] = colour
            done += 1 << k
            if not failed:
                return 2 * done
        else:
            failed = 1
        k -= 1
    return 2 * done + 1


@kernel(inline=True)
def checked(hashed):
    """What stands beside something remembered of a context."""
    return ((hashed >> 24) + 1) << CHECK


@kernel(inline=True)
def known(memory, kind, hashed, second):
    """What is remembered of a context of a kind, the first or the second; -1 if nothing is."""
    value = int(memory[kind, hashed & (memory.shape[1] - 1), second])
    return value & COLOUR_MASK if value >> CHECK == (hashed >> 24) + 1 else -1


@kernel
def candidate(memory, pixels, at, stride, number, match, seven, four, two):
    """The candidate of this number, or -1."""
    if number == 0:
        return int(pixels[match]) if match >= 0 else -1
    if number == 1:
        return known(memory, SEVEN, seven, 0)
    if number == 2:
        return known(memory, FOUR, four, 0)
    if number == 3:
        return int(pixels[at - 1])
    if number == 4:
        return int(pixels[at - stride])
    if number == 5:
        return int(pixels[at - stride + 1])
    if number == 6:
        return int(pixels[at - stride - 1])
    if number == 7:
        return known(memory, FOUR, four, 1)
    return known(memory, TWO, two, number - 8)


@kernel
def take_in(memory, state, pixels, at, colour, place, seven, four, two):
    """Take in the colour of a pixel; place: hash of the surroundings by which matches are found."""
    mask = memory.shape[1] - 1
    if state[MATCHED] > 0 and pixels[state[MATCH]] == colour:
        state[MATCHED] += 1
        state[MATCH] += 1
    else:
        state[MATCHED] = 0
    memory[PLACE, place & mask, 0] = checked(place) | at
    times = min(int(memory[SEVEN, seven & mask, 1]) + 1, 200) if known(memory, SEVEN, seven, 0) == colour else 1
    memory[SEVEN, seven & mask, 1] = times
    memory[SEVEN, seven & mask, 0] = checked(seven) | colour
    for kind, hashed in ((FOUR, four), (TWO, two)):
        last = known(memory, kind, hashed, 0)
        if last != colour:
            memory[kind, hashed & mask, 1] = checked(hashed) | (colour if last < 0 else last)
            memory[kind, hashed & mask, 0] = checked(hashed) | colour


@kernel
def code_pixel(
    learnt, counters, tables, inputs, state, words, pixels, at, stride, column, memory, tree, leaves, channels, excluded, decoding
):
    """Code a pixel, or decode it; excluded: a colour that it has not, or -1.

    Long because all that is known of the surroundings is used by each step."""
    up, above2 = at - stride, at - 2 * stride
    w, n, nw, ne = int(pixels[at - 1]), int(pixels[up]), int(pixels[up - 1]), int(pixels[up + 1])
    ww, nn, nne, nww = int(pixels[at - 2]), int(pixels[above2]), int(pixels[above2 + 1]), int(pixels[up - 2])
    nee, www, nnn, nnw = int(pixels[up + 2]), int(pixels[at - 3]), int(pixels[above2 - stride]), int(pixels[above2 - 1])
    two = mix(mix(11, w), n)
    four = mix(mix(two, nw), ne)
    seven = mix(mix(mix(four, ww), nn), nne)
    twelve = mix(mix(mix(mix(mix(seven, nww), nee), www), nnn), nnw)
    place = mix(mix(mix(twelve, int(pixels[at - 4])), int(pixels[at - 5])), int(pixels[up + 3]))
    mask = memory.shape[1] - 1
    for kind, hashed in ((SEVEN, seven), (FOUR, four), (TWO, two), (PLACE, place)):
        prefetch(memory, 2 * ((mask + 1) * kind + (hashed & mask)))
    across, down = mix(mix(mix(12, w), ww), www), mix(mix(mix(13, n), nn), ne)
    if state[MATCHED] == 0:
        found = known(memory, PLACE, place, 0)
        if found >= 0 and pixels[found - 1] == w and pixels[found - stride] == n:
            state[MATCH], state[MATCHED] = found, 1
    match = int(state[MATCH]) if state[MATCHED] > 0 else -1
    expected, following = int(pixels[match]) if match >= 0 else -1, known(memory, SEVEN, seven, 0)
    again = min(int(memory[SEVEN, seven & mask, 1]), 7) if following >= 0 else 0
    shape = (w == n) + 2 * (w == nw) + 4 * (n == ne) + 8 * (n == nw) + 16 * (w == ww) + 32 * (n == nn)
    use(state, counters, 1, four)
    use(state, counters, 2, seven)
    use(state, counters, 3, across)
    use(state, counters, 4, two)
    use(state, counters, 5, down)
    use(state, counters, 6, twelve)
    use(state, counters, 8, mix(mix(24, column), n))
    use(state, counters, 9, mix(23, w))
    use(state, counters, 10, place)
    use(state, counters, 11, mix(mix(mix(25, n), nn), nnn))
    use(state, counters, 12, mix(mix(26, w), ne))
    use(state, counters, 13, mix(mix(mix(mix(27, nw), n), ne), nee))
    use(state, counters, 14, mix(mix(28, expected + 1), w))
    use(state, counters, 15, mix(two, int(state[ESCAPED])))
    tried, colour, right = 0, int(pixels[at]), 0
    for number in range(CANDIDATES):
        value = candidate(memory, pixels, at, stride, number, match, seven, four, two)
        new = value >= 0 and value != excluded
        for i in range(tried):
            new = new and state[TRIED + i] != value
        if not new:
            continue
        state[TRIED + tried] = value
        equal = (value == w) + 2 * (value == n) + 4 * (value == nw) + 8 * (value == ne) + 16 * (value == ww) + 32 * (value == nn)
        equal += 64 * (value == nne) + 128 * (value == nww) + 256 * (value == nee) + 512 * (value == www)
        further = equal + 1024 * (value == nnn) + 2048 * (value == nnw)
        matched = min(length(int(state[MATCHED])), 7) if value == expected else 0
        sure, order, hashed = again + 1 if value == following else 0, min(tried, 3), mix(value, 77)
        key = (hashed >> 4) & 255
        use(state, counters, 0, mix(mix(21, further), order * 64 + shape) ^ (key << 24))
        use(state, counters, 7, mix(mix(22, tried * 16 + number), matched * 16 + sure) ^ (key << 24))
        right = decide(
            learnt, counters, tables, inputs, state, words, 1 if value == colour else 0, CANDIDATE, (hashed + order * 5) & 15, key,
            FIRST_A[CANDIDATE] + min(tried, 7) * 10 + number, FIRST_B[CANDIDATE] + (matched * 2 + (sure > 2)) * 17,
            FIRST_PLACE[CANDIDATE] + equal, decoding,
        )  # fmt: skip
        tried += 1
        if right:
            colour = value
            break
    if not right:
        leaf = -1
        if leaves > 1:
            leaf = -1 if decoding else leaf_of(tree, leaves, colour)
            use(state, counters, 0, mix(31, tried))
            use(state, counters, 1, mix(32, w))
            use(state, counters, 2, mix(33, n))
            use(state, counters, 3, mix(34, two))
            use(state, counters, 4, mix(35, int(state[PAST])))
            use(state, counters, 5, mix(36, four))
            use(state, counters, 6, mix(37, shape))
            for context in range(7, 14):
                use(state, counters, context, mix(38, context))
            chosen = decide(
                learnt, counters, tables, inputs, state, words, 1 if leaf >= 0 else 0, LEAF, 0, 0,
                FIRST_A[LEAF], FIRST_B[LEAF], FIRST_PLACE[LEAF], decoding,
            )  # fmt: skip
            state[PAST] = (int(state[PAST]) * 2 + chosen) & 255
            leaf = max(leaf, 0) if chosen else -1
        if leaf >= 0:
            leaf = code_leaf(learnt, counters, tables, inputs, state, words, tree, leaf, w, n, nw, ne, across, down, expected + 1, decoding)
            colour = int(tree[leaf, 0])
        else:
            colour = code_channels(learnt, counters, tables, inputs, state, words, colour, w, n, nw, ne, channels, decoding)
        state[ESCAPED] = colour
    pixels[at] = colour
    take_in(memory, state, pixels, at, colour, place, seven, four, two)


@entry
def code_rows(
    learnt: Array1[np.int32], counters: Array1[np.int32], tables: Array1[np.int32], inputs: Array1[np.int32], state: Array1[np.int64],
    words: Array1[np.int64], pixels: Array1[np.int64], equal: Array1[np.int64], memory: Array3[np.int64], tree: Array2[np.int64],
    ends: Array1[np.int64], width: int, first: int, last: int, channels: int, leaves: int, decoding: bool,
) -> int:  # fmt: skip
    """Code the rows first ... last - 1 of a picture, or decode them. Returns the row that is next; less than last if the message ends.

    pixels: the picture with what is around it; equal: [width], for what is worked out; ends: [pixels], for each place the decisions
    written down once the pixel is coded, or empty where they are not wanted.

    Long because its two steps take all of the arrays."""
    stride = LEFT + width + RIGHT
    for row in range(first, last):
        start, since = (TOP + row) * stride + LEFT, 8
        for i in range(1, LEFT + 1):
            pixels[start - i] = pixels[start - stride]
        run = 0
        for column in range(width - 1, -1, -1):
            above = start - stride + column
            run = run + 1 if column < width - 1 and pixels[above] == pixels[above + 1] else 1
            equal[column] = run
        column = 0
        while column < width:
            at, excluded = start + column, -1
            colour = int(pixels[at - 1])
            if row > 0 and equal[column] >= FEWEST and pixels[at - stride] == colour and pixels[at - stride - 1] == colour:
                done = code_run(learnt, counters, tables, inputs, state, words, pixels, at, stride, int(equal[column]), since, decoding)
                since = 0 if done & 1 else min(since + 1, 15)
                column, excluded = column + (done >> 1), colour if done & 1 else -1
                state[MATCHED] = 0
            if column < width and (excluded >= 0 or at == start + column):
                code_pixel(
                    learnt, counters, tables, inputs, state, words, pixels, start + column, stride, column, memory, tree, leaves, channels,
                    excluded, decoding,
                )  # fmt: skip
                if ends.size:
                    ends[row * width + column] = state[COUNT]
                column += 1
            if state[SIZE] < 0:
                return row
        for i in range(RIGHT):
            pixels[start + width + i] = pixels[start + width - 1]
    return last
