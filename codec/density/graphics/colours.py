"""Codes colours that no neighbour has: a leaf of the tree of a picture's frequent colours, or channel by channel.

A colour is one number: the bytes of alpha (if there is any), green, red, blue, the first one highest; gray ones alpha, gray; others as they
come. The frequent colours of a picture, ascending, come before its pixels, each channel by channel as if its neighbours were the colour
before, and with it the class of how often it comes, floor(log2(count)), at most 15. They are the leaves of a binary tree: a node with
leaves l ... h - 1 is split at s, l < s < h, where the sums of 2^class on both sides differ least (the lower of two such s).

    channel    a prediction (the median of left, above and both less what is between them; of red and blue that of the differences to green)
               and what is left: is it 0? is it negative? how many bits has it? and these, from the top down
"""

from __future__ import annotations

import numpy as np

from codec.density.graphics.decisions import (
    CHANNEL,
    FIRST_A,
    FIRST_B,
    FIRST_PLACE,
    FREE,
    LEAF,
    RUN,
    bounded,
    decide,
    length,
    mix,
    use,
)
from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry, kernel

COLOUR, ZERO, ONE, SPLIT = range(4)  # columns of a tree: a leaf's colour; a node's children (-1 - leaf for leaves), and where it is split
PAST, ESCAPED = FREE, FREE + 1  # places in state: which of the last colours were leaves; the last colour that no neighbour had
CLASSES = 16


@kernel(inline=True)
def median(left, above, between):
    return bounded(left + above - between, min(left, above), max(left, above))


@kernel
def code_channels(learnt, counters, tables, inputs, state, words, colour, left, above, between, right, channels, decoding):
    """Code a colour, or decode it, by those of its neighbours. Returns it.

    Long because a channel's decisions share what they depend on."""
    before, last, earlier, pair = 0, 0, 0, mix(mix(12, left), above)
    first = channels - 3 if channels >= 3 else 4  # channel of green
    for channel in range(channels):
        shift = 8 * (channels - 1 - channel)
        west, north, corner, east = (left >> shift) & 255, (above >> shift) & 255, (between >> shift) & 255, (right >> shift) & 255
        plain = median(west, north, corner)
        predicted = plain
        if channel > first:
            green, beside = 16, (before >> (8 * (channel - first - 1))) & 255
            change = median(west - ((left >> green) & 255), north - ((above >> green) & 255), corner - ((between >> green) & 255))
            predicted = bounded(change + beside, 0, 255)
        busy = length(abs(west - corner) + abs(north - corner) + abs(north - east))
        other, near, far = bounded(plain - predicted, -40, 40) + 64, bounded(last, -60, 60) + 64, bounded(earlier, -60, 60) + 64
        sides = (bounded(west - predicted, -60, 60) + 64) * 128 + bounded(north - predicted, -60, 60) + 64
        rest = ((colour >> shift) & 255) - predicted
        size, step, negative, exponent, value, bit = abs(rest), 0, 0, 0, 0, 0
        while True:
            if step == 1 and (predicted == 0 or predicted == 255):
                negative, step = 1 if predicted == 255 else 0, 2
            if step == 2 and exponent == 7:
                step, bit, value = 3, 6, 1
            if step == 3 and bit < 0:
                break
            if step == 0:
                chosen, node, kind = 1 if rest == 0 else 0, 0, 0
            elif step == 1:
                chosen, node, kind = 1 if rest < 0 else 0, 1, 1
            elif step == 2:
                chosen, node, kind = 1 if (size >> (exponent + 1)) == 0 else 0, 18 + exponent + 16 * negative, 2 + exponent
            else:
                chosen, node, kind = (size >> bit) & 1, (3 + exponent * 2 + negative) * 16 + bit, 10 + exponent
            place = mix(51 + (node >> 4), channel + 8 * (value if step == 3 and bit > exponent - 4 else 0))
            use(state, counters, 0, mix(mix(1, place), busy))
            use(state, counters, 1, mix(mix(2, place), near))
            use(state, counters, 2, mix(mix(3, place), sides))
            use(state, counters, 3, mix(mix(4, place), other))
            use(state, counters, 4, mix(mix(5, place), predicted))
            use(state, counters, 5, mix(mix(6, place), pair))
            use(state, counters, 6, mix(mix(mix(8, place), before), predicted))
            use(state, counters, 7, mix(mix(9, place), before & 255))
            use(state, counters, 8, mix(mix(mix(7, place), near), far))
            use(state, counters, 9, mix(mix(mix(10, place), busy), near))
            use(state, counters, 10, mix(mix(mix(11, place), near), sides))
            use(state, counters, 11, mix(mix(mix(12, place), west), north))
            use(state, counters, 12, mix(mix(13, place), before))
            use(state, counters, 13, mix(mix(mix(14, place), other), busy))
            a, b = FIRST_A[CHANNEL] + channel * 40 + kind, FIRST_B[CHANNEL] + channel * 17
            chosen = decide(
                learnt, counters, tables, inputs, state, words,
                chosen, CHANNEL, node & 15, 0, a, b, FIRST_PLACE[CHANNEL] + channel * 40 + kind, decoding,
            )  # fmt: skip
            if step == 0:
                if chosen:
                    break
                step = 1
            elif step == 1:
                negative, step = chosen, 2
            elif step == 2 and chosen:
                step, bit, value = 3, exponent - 1, 1
            elif step == 2:
                exponent += 1
            else:
                value, bit = 2 * value + chosen, bit - 1
        found = bounded(predicted - value if negative else predicted + value, 0, 255)
        earlier, last, before = last, found - predicted, (before << 8) | found
    return before


@kernel
def code_leaf(learnt, counters, tables, inputs, state, words, tree, leaf, left, above, between, right, row, column, nearest, decoding):
    """Code which leaf a colour is, or decode it; row, column: hashes of further neighbours. Returns the leaf."""
    pair, depth, node, pos = mix(mix(11, left), above), 0, 0, 1
    four = mix(mix(pair, between), right)
    while node >= 0:
        if depth & 3 == 0:
            place, pos = mix(41, node), 1
            use(state, counters, 0, place)
            use(state, counters, 1, mix(place, pair))
            use(state, counters, 2, mix(place, four))
            use(state, counters, 3, mix(mix(1, place), left))
            use(state, counters, 4, mix(mix(2, place), above))
            use(state, counters, 5, mix(place, row))
            use(state, counters, 6, mix(mix(3, place), between))
            use(state, counters, 7, mix(mix(4, place), right))
            use(state, counters, 8, mix(place, column))
            use(state, counters, 9, mix(mix(5, place), int(state[ESCAPED])))
            use(state, counters, 10, mix(mix(6, place), nearest))
            use(state, counters, 11, mix(mix(mix(7, place), above), right))
            use(state, counters, 12, mix(mix(mix(8, place), left), between))
            use(state, counters, 13, mix(mix(mix(9, place), left), int(state[ESCAPED])))
        level = min(depth + 1, 17)
        chosen = decide(
            learnt, counters, tables, inputs, state, words, 1 if leaf >= tree[node, SPLIT] else 0, LEAF, pos, 0,
            FIRST_A[LEAF] + min(depth + 1, 35), FIRST_B[LEAF] + level * 17, FIRST_PLACE[LEAF] + min(depth + 1, 35), decoding,
        )  # fmt: skip
        node = int(tree[node, ONE if chosen else ZERO])
        pos, depth = 2 * pos + chosen, depth + 1
    return -1 - node


@entry
def code_tree(
    learnt: Array1[np.int32], counters: Array1[np.int32], tables: Array1[np.int32], inputs: Array1[np.int32], state: Array1[np.int64],
    words: Array1[np.int64], tree: Array2[np.int64], channels: int, leaves: int, decoding: bool,
) -> int:  # fmt: skip
    """Code the colours and classes of a tree's leaves, or decode them. Returns how many are good: ascending colours, none twice."""
    before, likely = -1, 0
    for leaf in range(leaves):
        beside = max(before, 0)
        colour = code_channels(
            learnt, counters, tables, inputs, state, words, int(tree[leaf, COLOUR]), beside, beside, beside, beside, channels, decoding
        )
        if colour <= before:
            return leaf
        tree[leaf, COLOUR], before, found = colour, colour, 1
        use(state, counters, 0, mix(201, likely))
        for context in range(1, 4):
            use(state, counters, context, mix(202, context))
        for bit in range(3, -1, -1):
            chosen = decide(
                learnt, counters, tables, inputs, state, words, (int(tree[leaf, SPLIT]) >> bit) & 1, RUN, found, 0,
                FIRST_A[RUN] + 30, FIRST_B[RUN] + 15 * 17, FIRST_PLACE[RUN] + 30, decoding,
            )  # fmt: skip
            found = 2 * found + chosen
        likely = found & 15
        tree[leaf, SPLIT] = likely
    return leaves


@entry
def grow_tree(tree: Array2[np.int64], spans: Array2[np.int64], sums: Array1[np.int64], leaves: int) -> None:
    """Split the leaves, at least two; SPLIT holds their classes. spans: [leaves, 2], sums: [leaves + 1], both for what is worked out."""
    sums[0] = 0
    for leaf in range(leaves):
        sums[leaf + 1] = sums[leaf] + (1 << int(tree[leaf, SPLIT]))
    spans[0, 0], spans[0, 1], nodes, node = 0, leaves, 1, 0
    while node < nodes:
        first, last = int(spans[node, 0]), int(spans[node, 1])
        middle = (int(sums[first]) + int(sums[last]) + 1) >> 1
        low, high = first + 1, last - 1
        while low < high:
            half = (low + high) >> 1
            if sums[half] < middle:
                low = half + 1
            else:
                high = half
        if low > first + 1 and middle - int(sums[low - 1]) <= int(sums[low]) - middle:
            low -= 1
        tree[node, SPLIT] = low
        for side in range(2):
            start, end = (low, last) if side else (first, low)
            if end - start == 1:
                tree[node, ONE if side else ZERO] = -1 - start
            else:
                spans[nodes, 0], spans[nodes, 1] = start, end
                tree[node, ONE if side else ZERO] = nodes
                nodes += 1
        node += 1


@kernel
def leaf_of(tree, leaves, colour):
    """The leaf of a colour, or -1."""
    low, high = 0, leaves - 1
    while low < high:
        half = (low + high) >> 1
        if tree[half, COLOUR] < colour:
            low = half + 1
        else:
            high = half
    return low if tree[low, COLOUR] == colour else -1
