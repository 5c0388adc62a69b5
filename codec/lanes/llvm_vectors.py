"""Vectors of eight lanes as LLVM vectors, for compiled kernels: numba's compiler learns the operations of vectors.py.

LLVM splits an operation into whatever registers a machine has, never reorders one, and joins none into another but multiply_add. A pointer
is an integer, the address of an array's first element.
Long because each of Python's operators needs a function of its own: numba names machine code after it, also in its cache.
"""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, overload, register_model

from codec.lanes.numpy_vectors import LANES, RUN


class _Element(NamedTuple):
    """What a lane holds: its type for LLVM and for numba, and its bytes in memory."""

    llvm: Any
    numba: Any
    size: int


_ELEMENTS = {
    "f64": _Element(ir.DoubleType(), types.float64, 8),
    "f32": _Element(ir.FloatType(), types.float32, 4),
    "i64": _Element(ir.IntType(64), types.int64, 8),
    "i32": _Element(ir.IntType(32), types.int32, 4),
    "i16": _Element(ir.IntType(16), types.int16, 2),
    "i1": _Element(ir.IntType(1), types.boolean, 1),
}
_INDEX, _BYTES = ir.IntType(32), ir.IntType(8).as_pointer()


class _VectorType(types.Type):
    """Eight lanes of one element type."""

    def __init__(self, element: str) -> None:
        self.element = element
        super().__init__(name=f"Vector8[{element}]")


@register_model(_VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: _VectorType) -> None:
        super().__init__(manager, kind, ir.VectorType(_ELEMENTS[kind.element].llvm, LANES))


_VECTORS = {name: _VectorType(name) for name in _ELEMENTS}


class _WideType(types.Type):
    """A pointer to samples of 32 bits."""

    def __init__(self) -> None:
        super().__init__(name="WideSamples")


@register_model(_WideType)
class _WideModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: _WideType) -> None:
        super().__init__(manager, kind, ir.IntType(64))


_WIDE = _WideType()


class _RealsType(types.Type):
    """A pointer to doubles or singles."""

    def __init__(self, element: str) -> None:
        self.element = element
        super().__init__(name=f"Reals[{element}]")


@register_model(_RealsType)
class _RealsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: _RealsType) -> None:
        super().__init__(manager, kind, ir.IntType(64))


_REALS = {name: _RealsType(name) for name in ("f32", "f64")}


def _samples(address):
    """What stands behind a pointer to samples, and the type of the pointer."""
    return (_ELEMENTS["i32"], _WIDE) if isinstance(address, _WideType) else (_ELEMENTS["i16"], types.int64)


def _splat(builder, value):
    vector = builder.insert_element(ir.Constant(ir.VectorType(value.type, LANES), ir.Undefined), value, ir.Constant(_INDEX, 0))
    zeros = ir.Constant(ir.VectorType(_INDEX, LANES), [0] * LANES)
    return builder.shuffle_vector(vector, vector, zeros)


def _chosen(builder, vectors, places):
    """The elements at eight places of two vectors, counted through both."""
    return builder.shuffle_vector(*vectors, ir.Constant(ir.VectorType(_INDEX, LANES), list(places)))


_IN_TURN = [  # the elements of the lower halves of two runs in turn, and those of the upper halves
    ir.Constant(ir.VectorType(_INDEX, RUN), [half + n // 2 + n % 2 * RUN for n in range(RUN)]) for half in (0, RUN // 2)
]


def _place(builder, address, index, element):
    base = builder.inttoptr(address, element.as_pointer())
    return builder.gep(base, [index], inbounds=False)


# ---------------------------------------------------------------- memory


@intrinsic
def pointer(typing, array):
    def generate(context, builder, signature, arguments):
        structure = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.ptrtoint(structure.data, ir.IntType(64))

    return types.int64(array), generate


@intrinsic
def prefetch(typing, array, index):
    def generate(context, builder, signature, arguments):
        structure = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.bitcast(builder.gep(structure.data, [arguments[1]]), _BYTES)
        number = ir.IntType(32)
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [_BYTES, number, number, number]), "llvm.prefetch.p0"
        )
        builder.call(function, [place, *(number(value) for value in (0, 3, 1))])  # to read, for long, data
        return context.get_dummy_value()

    return types.none(array, types.int64), generate


@intrinsic
def wide_pointer(typing, array):
    def generate(context, builder, signature, arguments):
        structure = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.ptrtoint(structure.data, ir.IntType(64))

    return _WIDE(array), generate


@intrinsic
def real_pointer(typing, array):
    def generate(context, builder, signature, arguments):
        structure = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.ptrtoint(structure.data, ir.IntType(64))

    return _REALS["f32" if array.dtype == types.float32 else "f64"](array), generate


def _load(name: str):
    element, _, size = _ELEMENTS[name]

    def generate(context, builder, signature, arguments):
        place = _place(builder, arguments[0], arguments[1], element)
        return builder.load(builder.bitcast(place, ir.VectorType(element, LANES).as_pointer()), align=size)

    return generate


def _store(name: str):
    element, _, size = _ELEMENTS[name]

    def generate(context, builder, signature, arguments):
        place = _place(builder, arguments[0], arguments[1], element)
        builder.store(arguments[2], builder.bitcast(place, arguments[2].type.as_pointer()), align=size)
        return context.get_dummy_value()

    return generate


def _get(name: str):
    def generate(context, builder, signature, arguments):
        return builder.load(_place(builder, arguments[0], arguments[1], _ELEMENTS[name].llvm))

    return generate


def _put(name: str):
    def generate(context, builder, signature, arguments):
        builder.store(arguments[2], _place(builder, arguments[0], arguments[1], _ELEMENTS[name].llvm))
        return context.get_dummy_value()

    return generate


def _make_load(name: str):
    @intrinsic
    def load(typing, address, index):
        return _VECTORS[name](types.int64, types.int64), _load(name)

    return load


def _make_store(name: str):
    @intrinsic
    def store(typing, address, index, value):
        return types.void(types.int64, types.int64, _VECTORS[name]), _store(name)

    return store


def _make_get(name: str):
    @intrinsic
    def get(typing, address, index):
        return _ELEMENTS[name].numba(types.int64, types.int64), _get(name)

    return get


def _make_put(name: str):
    @intrinsic
    def put(typing, address, index, value):
        return types.void(types.int64, types.int64, _ELEMENTS[name].numba), _put(name)

    return put


@intrinsic
def load_real(typing, address, index):
    return _VECTORS[address.element](address, types.int64), _load(address.element)


@intrinsic
def store_real(typing, address, index, value):
    return types.void(address, types.int64, _VECTORS[address.element]), _store(address.element)


@intrinsic
def get_real(typing, address, index):
    return _ELEMENTS[address.element].numba(address, types.int64), _get(address.element)


@intrinsic
def put_real(typing, address, index, value):
    return types.void(address, types.int64, _ELEMENTS[address.element].numba), _put(address.element)


def _gathered(element, wide):
    """How the elements at eight places are loaded, and made as wide as that."""

    def generate(context, builder, signature, arguments):
        vector = ir.Constant(ir.VectorType(wide, LANES), ir.Undefined)
        for number in range(LANES):
            where = ir.Constant(_INDEX, number)
            value = builder.load(_place(builder, arguments[0], builder.extract_element(arguments[1], where), element))
            value = builder.sext(value, wide) if wide != element else value
            vector = builder.insert_element(vector, value, where)
        return vector

    return generate


def _make_gather(name: str, result: str):
    generate = _gathered(_ELEMENTS[name].llvm, _ELEMENTS[result].llvm)

    @intrinsic
    def gather(typing, address, index):
        return _VECTORS[result](types.int64, _VECTORS["i64"]), generate

    return gather


@intrinsic
def load_sample(typing, address, index):
    (element, _, size), kind = _samples(address)
    narrow, wide = (ir.VectorType(one, LANES) for one in (element, _ELEMENTS["i32"].llvm))

    def generate(context, builder, signature, arguments):
        place = _place(builder, arguments[0], arguments[1], element)
        vector = builder.load(builder.bitcast(place, narrow.as_pointer()), align=size)
        return vector if narrow == wide else builder.sext(vector, wide)

    return _VECTORS["i32"](kind, types.int64), generate


@intrinsic
def store_sample(typing, address, index, value):
    (element, _, size), kind = _samples(address)
    narrow = ir.VectorType(element, LANES)

    def generate(context, builder, signature, arguments):
        place = _place(builder, arguments[0], arguments[1], element)
        vector = arguments[2] if arguments[2].type == narrow else builder.trunc(arguments[2], narrow)
        builder.store(vector, builder.bitcast(place, narrow.as_pointer()), align=size)
        return context.get_dummy_value()

    return types.void(kind, types.int64, _VECTORS["i32"]), generate


@intrinsic
def get_sample(typing, address, index):
    (element, scalar, _), kind = _samples(address)

    def generate(context, builder, signature, arguments):
        return builder.load(_place(builder, arguments[0], arguments[1], element))

    return scalar(kind, types.int64), generate


@intrinsic
def put_sample(typing, address, index, value):
    (element, scalar, _), kind = _samples(address)

    def generate(context, builder, signature, arguments):
        builder.store(arguments[2], _place(builder, arguments[0], arguments[1], element))
        return context.get_dummy_value()

    return types.void(kind, types.int64, scalar), generate


@intrinsic
def gather_samples(typing, address, index):
    (element, _, _), kind = _samples(address)
    return _VECTORS["i32"](kind, _VECTORS["i64"]), _gathered(element, _ELEMENTS["i32"].llvm)


@intrinsic
def copy_runs(typing, address, places, target, index):
    """Three times the elements of two vectors in turn, of vector n and n + 4: a transposition."""
    (element, _, size), kind = _samples(address)
    run = ir.VectorType(element, RUN).as_pointer()

    def generate(context, builder, signature, arguments):
        address, places, target, index = arguments
        spots = [_place(builder, address, builder.extract_element(places, ir.Constant(_INDEX, lane)), element) for lane in range(LANES)]
        vectors = [builder.load(builder.bitcast(spot, run), align=size) for spot in spots]
        for _ in range(3):
            pairs = list(zip(vectors[: LANES // 2], vectors[LANES // 2 :], strict=True))
            vectors = [builder.shuffle_vector(*pair, part) for pair in pairs for part in _IN_TURN]
        for number, vector in enumerate(vectors):
            spot = _place(builder, target, builder.add(index, ir.Constant(index.type, number * RUN)), element)
            builder.store(vector, builder.bitcast(spot, run), align=size)
        return context.get_dummy_value()

    return types.void(kind, _VECTORS["i64"], kind, types.int64), generate


def _make_fill(name: str):
    scalar = _ELEMENTS[name].numba

    @intrinsic
    def fill(typing, value):
        def generate(context, builder, signature, arguments):
            return _splat(builder, arguments[0])

        return _VECTORS[name](scalar), generate

    return fill


@intrinsic
def fill_as(typing, a, value):
    def generate(context, builder, signature, arguments):
        narrow = a.element == "f32"
        return _splat(builder, builder.fptrunc(arguments[1], ir.FloatType()) if narrow else arguments[1])

    return a(a, types.float64), generate


@intrinsic
def i32_real(typing, address, value):
    def generate(context, builder, signature, arguments):
        return builder.sitofp(arguments[1], ir.VectorType(_ELEMENTS[address.element].llvm, LANES))

    return _VECTORS[address.element](address, _VECTORS["i32"]), generate


@intrinsic
def real_f64(typing, a):
    def generate(context, builder, signature, arguments):
        return builder.fpext(arguments[0], ir.VectorType(ir.DoubleType(), LANES)) if a.element == "f32" else arguments[0]

    return _VECTORS["f64"](a), generate


# ---------------------------------------------------------------- arithmetic


def _both(a, b):
    """Whether these are vectors of one type."""
    return isinstance(a, _VectorType) and a == b


def _make_binary(floats: str, integers: str):
    @intrinsic
    def operation(typing, a, b):
        def generate(context, builder, signature, arguments):
            name = floats if a.element in ("f64", "f32") else integers
            return getattr(builder, name)(*arguments)

        return (a(a, b), generate) if _both(a, b) else None

    return operation


def _make_shift(name: str):
    @intrinsic
    def operation(typing, a, count):
        def generate(context, builder, signature, arguments):
            element, amount = _ELEMENTS[a.element].llvm, arguments[1]
            if count == a:
                return getattr(builder, name)(arguments[0], amount)
            amount = builder.trunc(amount, element) if element.width < amount.type.width else amount
            return getattr(builder, name)(arguments[0], _splat(builder, amount))

        return a(a, a if count == a else types.int64), generate

    return operation


def _make_comparison(sign: str):
    @intrinsic
    def operation(typing, a, b):
        def generate(context, builder, signature, arguments):
            if a.element in ("f64", "f32"):
                return builder.fcmp_ordered(sign, *arguments)
            return builder.icmp_signed(sign, *arguments)

        return _VECTORS["i1"](a, b), generate

    return operation


_ADD, _SUB, _MUL, _DIV = _make_binary("fadd", "add"), _make_binary("fsub", "sub"), _make_binary("fmul", "mul"), _make_binary("fdiv", "sdiv")
_AND = _make_binary("and_", "and_")
_RIGHT, _LEFT = _make_shift("ashr"), _make_shift("shl")
_LESS, _LESS_EQUAL, _EQUAL = _make_comparison("<"), _make_comparison("<="), _make_comparison("==")


@overload(operator.add)
def _overload_add(a, b):
    return (lambda a, b: _ADD(a, b)) if _both(a, b) else None


@overload(operator.sub)
def _overload_sub(a, b):
    return (lambda a, b: _SUB(a, b)) if _both(a, b) else None


@overload(operator.mul)
def _overload_mul(a, b):
    return (lambda a, b: _MUL(a, b)) if _both(a, b) else None


@overload(operator.truediv)
def _overload_div(a, b):
    return (lambda a, b: _DIV(a, b)) if _both(a, b) and a.element in ("f64", "f32") else None


@overload(operator.and_)
def _overload_and(a, b):
    return (lambda a, b: _AND(a, b)) if _both(a, b) and a.element in ("i1", "i32", "i64") else None


@overload(operator.rshift)
def _overload_right(a, n):
    return (lambda a, n: _RIGHT(a, n)) if _both(a, n) or (isinstance(a, _VectorType) and isinstance(n, types.Integer)) else None


@overload(operator.lshift)
def _overload_left(a, n):
    return (lambda a, n: _LEFT(a, n)) if _both(a, n) or (isinstance(a, _VectorType) and isinstance(n, types.Integer)) else None


@overload(operator.lt)
def _overload_less(a, b):
    return (lambda a, b: _LESS(a, b)) if _both(a, b) else None


@overload(operator.le)
def _overload_less_equal(a, b):
    return (lambda a, b: _LESS_EQUAL(a, b)) if _both(a, b) else None


@overload(operator.eq)
def _overload_equal(a, b):
    return (lambda a, b: _EQUAL(a, b)) if _both(a, b) else None


@intrinsic
def select(typing, mask, a, b):
    def generate(context, builder, signature, arguments):
        return builder.select(*arguments)

    return a(mask, a, b), generate


@intrinsic
def root(typing, a):
    def generate(context, builder, signature, arguments):
        kind = arguments[0].type
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind]), f"llvm.sqrt.v8{a.element}")
        return builder.call(function, arguments)

    return a(a), generate


@intrinsic
def multiply_add(typing, a, b, c):
    def generate(context, builder, signature, arguments):
        kind = arguments[0].type
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), f"llvm.fmuladd.v8{a.element}")
        return builder.call(function, arguments)

    return a(a, b, c), generate


@intrinsic
def pair_up(typing, a, b):
    def generate(context, builder, signature, arguments):
        kind = arguments[0].type
        low, bits = (ir.Constant(kind, [value] * LANES) for value in (0xFFFF, 16))
        return builder.or_(builder.and_(arguments[0], low), builder.shl(arguments[1], bits))

    return (a(a, b), generate) if _both(a, b) and a.element == "i32" else None


@intrinsic
def multiply_pairs(typing, a, b, c):
    """Written as LLVM knows the instruction of machines that have one."""

    def generate(context, builder, signature, arguments):
        halves, wide = ir.VectorType(ir.IntType(16), 2 * LANES), ir.VectorType(ir.IntType(32), 2 * LANES)
        first, second = (builder.sext(builder.bitcast(vector, halves), wide) for vector in arguments[:2])
        product = builder.mul(first, second)
        low, high = (_chosen(builder, (product, product), range(part, 2 * LANES, 2)) for part in (0, 1))
        return builder.add(builder.add(low, high), arguments[2])

    return (a(a, b, c), generate) if _both(a, b) and a == c and a.element == "i32" else None


def _sum(builder, kind):
    return builder.fadd if kind.element in ("f64", "f32") else builder.add


@intrinsic
def in_pairs(typing, a, b):
    def generate(context, builder, signature, arguments):
        return _sum(builder, a)(
            _chosen(builder, arguments, [0, 2, 8, 10, 4, 6, 12, 14]), _chosen(builder, arguments, [1, 3, 9, 11, 5, 7, 13, 15])
        )

    return a(a, b), generate


@intrinsic
def in_halves(typing, a, b):
    def generate(context, builder, signature, arguments):
        return _sum(builder, a)(
            _chosen(builder, arguments, [0, 1, 2, 3, 8, 9, 10, 11]), _chosen(builder, arguments, [4, 5, 6, 7, 12, 13, 14, 15])
        )

    return a(a, b), generate


def _make_zip(first: int):
    order = [place for i in range(first, first + LANES // 2) for place in (i, LANES + i)]

    @intrinsic
    def zipped(typing, a, b):
        def generate(context, builder, signature, arguments):
            return builder.shuffle_vector(*arguments, ir.Constant(ir.VectorType(_INDEX, LANES), order))

        return a(a, b), generate

    return zipped


zip_low, zip_high = _make_zip(0), _make_zip(LANES // 2)


def _make_conversion(source: str, target: str):
    wide, name = _ELEMENTS[target].llvm, {"if": "sitofp", "fi": "fptosi", "ii": "sext"}[source[0] + target[0]]
    if name == "sext" and int(source[1:]) > int(target[1:]):
        name = "trunc"

    @intrinsic
    def convert(typing, a):
        def generate(context, builder, signature, arguments):
            return getattr(builder, name)(arguments[0], ir.VectorType(wide, LANES))

        return _VECTORS[target](_VECTORS[source]), generate

    return convert


@intrinsic
def lane(typing, a, number):
    def generate(context, builder, signature, arguments):
        return builder.extract_element(arguments[0], builder.trunc(arguments[1], _INDEX))

    return _ELEMENTS[a.element].numba(a, types.int64), generate


@intrinsic
def with_lane(typing, a, number, value):
    def generate(context, builder, signature, arguments):
        return builder.insert_element(arguments[0], arguments[2], builder.trunc(arguments[1], _INDEX))

    return a(a, types.int64, _ELEMENTS[a.element].numba), generate


def _make_extreme(sign: str):
    @intrinsic
    def operation(typing, a, b):
        def generate(context, builder, signature, arguments):
            return builder.select(builder.icmp_signed(sign, *arguments), *arguments)

        return (a(a, b), generate) if _both(a, b) and a.element[0] == "i" else None

    return operation


load_f64, load_f32, load_i32, load_i64 = (_make_load(name) for name in ("f64", "f32", "i32", "i64"))
store_f64, store_f32, store_i32, store_i64 = (_make_store(name) for name in ("f64", "f32", "i32", "i64"))
get_f64, get_f32, get_i16, get_i32, get_i64 = (_make_get(name) for name in ("f64", "f32", "i16", "i32", "i64"))
put_f64, put_f32, put_i16, put_i32, put_i64 = (_make_put(name) for name in ("f64", "f32", "i16", "i32", "i64"))
gather_i16, gather_i32, gather_i64 = _make_gather("i16", "i32"), _make_gather("i32", "i32"), _make_gather("i64", "i64")
fill_f64, fill_f32, fill_i32, fill_i64 = (_make_fill(name) for name in ("f64", "f32", "i32", "i64"))
low_of, high_of = _make_extreme("<"), _make_extreme(">")
i32_f64, i32_f32, i32_i64 = _make_conversion("i32", "f64"), _make_conversion("i32", "f32"), _make_conversion("i32", "i64")
f64_i64 = _make_conversion("f64", "i64")
i64_i32, f32_i32, f64_i32 = _make_conversion("i64", "i32"), _make_conversion("f32", "i32"), _make_conversion("f64", "i32")
