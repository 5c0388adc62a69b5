"""Vectors of eight lanes, for kernels that work on eight rows of a picture side by side.

Operations are elementwise and never reordered, so results do not depend on the machine. For numba a vector is one of LLVM
(llvm_vectors.py), in plain Python it is a numpy array of eight (numpy_vectors.py).

    pointer(array)            where a contiguous array begins (the array must outlive the kernel's use of it)
    prefetch(array, i)        element i of a contiguous array will soon be needed: the machine may bring it near (it need not exist)
    load_f64(p, i)            the vector of elements i ... i + 7 (of double)      store_f64(p, i, v)
    get_f32(p, i)             one element                                        put_f32(p, i, x)
    gather_i16(p, index)      the elements at eight places (int64), int16 widened to int32
    wide_pointer(array)       a pointer to samples of 32 bits, where those behind `pointer` have 16:
    load_sample(p, i)         with store_sample, get_sample, put_sample, gather_samples: int16 or int32 in memory, int32 in a vector
    real_pointer(array)       a pointer to singles or doubles, whichever the array has:
    load_real(p, i)           with store_real, get_real, put_real: of that type; i32_real(p, v): integers made so; real_f64(v): doubles
    fill_as(v, x)             x, a double, in every lane of a vector of v's type
    copy_runs(p, places, q, i)    16 samples from each of eight places (int64) on, to q[i ...], the first of all places first
    fill_f64(x)               x in every lane
    a + b, a - b, a * b, a / b, a >> n, a << n, a < b, ...      both vectors of one type; n an integer, or a vector of it
    low_of(a, b), high_of(a, b), select(mask, a, b), root(a), multiply_add(a, b, c), lane(v, l), with_lane(v, l, x)
    in_pairs(a, b)            a0 + a1, a2 + a3, b0 + b1, b2 + b3, then the same of the upper halves: a4 + a5 ...
    in_halves(a, b)           a0 + a4, a1 + a5, a2 + a6, a3 + a7, then the same of b
    pair_up(a, b)             int32: a in the low half of each lane, b in the high one
    multiply_pairs(a, b, c)   int32: the product of the low halves and that of the high halves, both signed, added to c
    zip_low(a, b)             a0, b0, a1, b1, a2, b2, a3, b3                   zip_high(a, b): a4, b4, ... a7, b7
    i32_f64(v)                conversions: int32 to float64, and so on; from floats towards zero

No index is checked. multiply_add may or may not round in between: it is for floats that hold integers below 2^24, where both are exact.
"""

from codec.system.kernel_choice import way

if way() == "jit":  # both modules define the same names
    from codec.lanes.llvm_vectors import *  # noqa: F403
else:
    from codec.lanes.numpy_vectors import *  # noqa: F403
