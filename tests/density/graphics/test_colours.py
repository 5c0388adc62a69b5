"""The tree of colours: every leaf is reached, and frequent colours in fewer steps."""

from __future__ import annotations

import numpy as np
import pytest

from codec.density.graphics.coder import frequent_colours
from codec.density.graphics.colours import COLOUR, ONE, SPLIT, ZERO, grow_tree, leaf_of


def tree_of(classes: list[int]) -> np.ndarray:
    tree = np.zeros((len(classes), 4), np.int64)
    tree[:, COLOUR], tree[:, SPLIT] = np.arange(len(classes)) * 3, classes
    grow_tree(tree, np.zeros((len(classes), 2), np.int64), np.zeros(len(classes) + 1, np.int64), len(classes))
    return tree


def depths(tree: np.ndarray) -> list[int]:
    found = []
    for leaf in range(len(tree)):
        node, depth = 0, 0
        while node >= 0:
            node, depth = int(tree[node, ONE if leaf >= tree[node, SPLIT] else ZERO]), depth + 1
        assert node == -1 - leaf
        found.append(depth)
    return found


@pytest.mark.parametrize("leaves", [2, 3, 4, 17, 256])
def test_every_leaf_is_reached(leaves: int) -> None:
    rng = np.random.default_rng(leaves)
    assert len(depths(tree_of(list(rng.integers(0, 16, leaves))))) == leaves


def test_equal_leaves_are_equally_deep() -> None:
    assert depths(tree_of([3] * 16)) == [4] * 16


def test_a_frequent_colour_is_near_the_root() -> None:
    found = depths(tree_of([1] * 40 + [12] + [1] * 40))
    assert found[40] <= 2 and max(found) <= 10


def test_leaves_are_found_by_their_colour() -> None:
    tree = tree_of([1, 1, 1, 1, 1])
    assert [leaf_of(tree, 5, colour) for colour in (0, 3, 12, 4, 99)] == [0, 1, 4, -1, -1]


def test_colours_that_come_three_times_are_frequent() -> None:
    tree = frequent_colours(np.array([[5, 5, 5, 9, 9], [7, 7, 7, 7, 9]]))
    assert tree[:, COLOUR].tolist() == [5, 7, 9] and tree[:, SPLIT].tolist() == [1, 2, 1]


def test_a_single_frequent_colour_needs_no_tree() -> None:
    assert len(frequent_colours(np.zeros((4, 4), np.int64))) == 0
