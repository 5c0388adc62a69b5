"""The plan of a network: which layers it has, and where their numbers begin.

A network is a trunk of two layers and, for each channel, a head and the layer of its outputs: trunk0, trunk1, head0, out0, head1, out1 ...
Where two networks are mixed, the layers of the second stand behind those of the first.
A plan is an int64 vector with LAYER_FIELDS numbers for each layer in this order:

    INPUTS, OUTPUTS     how many; outputs are a multiple of 8
    SHIFT               of the sums of a layer of integers
    WEIGHTS, BIASES     where its weights and biases begin among those of the model; weights are [pairs of inputs][outputs], int32 with that
                        of the pair's first input in its low 16 bits
    UNITS               its first unit among the hidden units, which z modulates
    LEARNT              where its weights [inputs + 1, outputs] begin among those that learn (learning.py); -1: it does not learn
    SUM_BITS            fraction bits of its rounded sums: SUMS of hidden units, RESULTS of outputs
    EVERY               in every how manieth step it learns
    DIRECTED            where its directions begin among those of the model (whole_learning.py); -1: it has none
    BELOW               the layer whose outputs are its first inputs; of a network's first layer, itself

Other families have other layers, whose plans have the same fields (jpeg/layers.py).
"""

from __future__ import annotations

from codec.lanes.vectors import get_i64
from codec.system.kernels import kernel

INPUTS, OUTPUTS, SHIFT, WEIGHTS, BIASES, UNITS, LEARNT, SUM_BITS, EVERY, DIRECTED, BELOW = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
LAYER_FIELDS = 11
SUMS, RESULTS = 8, 6
TRUNK0, TRUNK1, HEAD0, OUTPUT0 = 0, 1, 2, 3  # layers of a network


@kernel
def field_of(plan, layer, field):
    """A number of a layer; plan: a pointer."""
    return get_i64(plan, layer * LAYER_FIELDS + field)


@kernel
def head_of(channel):
    """The layer of a channel's head."""
    return HEAD0 + 2 * channel


@kernel
def output_of(channel):
    """The layer of a channel's outputs."""
    return OUTPUT0 + 2 * channel


@kernel
def is_first(plan, layer):
    """Whether a layer is the first of a network."""
    return field_of(plan, layer, BELOW) == layer
