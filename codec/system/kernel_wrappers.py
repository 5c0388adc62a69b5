"""Writes what stands between Python and compiled kernels, in LLVM's language: an extension module with a function for each entry.

It uses functions of Python's stable interface alone, so one module serves all versions of Python, and reads a numpy array where it lies
(its fields have had their places since numpy 1.0). An entry gets as many arguments as it has parameters:

    an array               of the right elements and dimensions, C-contiguous and aligned; or TypeError
    a NamedTuple           of the right length, its parts likewise
    a number               whatever Python or numpy takes for one

It gives back a number or None, and raises ZeroDivisionError where a kernel divides by 0. One that is not brief gives Python's lock away.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.compiler import CompileResult
from numba.core.cpu import CPUContext
from numba.np.arrayobj import populate_array
from numba.np.numpy_support import as_dtype

BYTE, WORD, LONG, DOUBLE = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.DoubleType()
POINTER = BYTE.as_pointer()
# where C has the fields of objects, arrays and their types of elements; flags of arrays
TYPE, DATA, DIMENSIONS, SHAPE, STRIDES, ELEMENTS, FLAGS = 8, 16, 24, 32, 40, 56, 64
BYTE_ORDER, ELEMENT_NUMBER = 26, 28
CONTIGUOUS_AND_ALIGNED, FOREIGN = 0x101, ord(">")
FAST_CALL, STABLE_ABI = 0x80, 3  # Python's numbers for how a function is called, and for its stable interface


class Entry(NamedTuple):
    """A kernel to be called from Python: its name there, and what numba has made of it."""

    name: str
    parameters: dict[str, types.Type]
    code: CompileResult
    brief: bool


def element_numbers(dtype: np.dtype[np.generic]) -> list[int]:
    """Numpy's numbers for a type of elements: C has several names for some."""
    return sorted(
        {np.dtype(letter).num for letter in np.typecodes["AllInteger"] + np.typecodes["Float"] + "?" if np.dtype(letter) == dtype}
    )


class Wrappers:
    """An LLVM module of such wrappers, in the making. context: numba's target."""

    def __init__(self, context: CPUContext, name: str) -> None:
        self.context, self.name = context, name
        self.module = context.create_module("wrappers")
        self.array_type = ir.GlobalVariable(self.module, POINTER, "array_type")
        self.array_type.initializer, self.array_type.linkage = ir.Constant(POINTER, None), "internal"
        self.methods: list[tuple[str, ir.Function]] = []
        self.builder, self.failed = ir.IRBuilder(), ir.Block(ir.Function(self.module, ir.FunctionType(POINTER, []), "unused"))

    # ------------------------------------------------------------ Python's interface

    def call(self, name: str, result: ir.Type, *arguments: ir.Value) -> ir.Value:
        """Call a function of Python."""
        kind = ir.FunctionType(result, [argument.type for argument in arguments])
        return self.builder.call(cgutils.get_or_insert_function(self.module, kind, name), arguments)

    def variable(self, name: str) -> ir.GlobalVariable:
        """A variable of Python that holds an object's address."""
        return self.module.globals.get(name) or ir.GlobalVariable(self.module, POINTER, name)

    def text(self, text: str) -> ir.Value:
        """The address of a constant string."""
        return self.builder.bitcast(self.context.insert_const_string(self.module, text), POINTER)

    def read(self, base: ir.Value, offset: int | ir.Value, kind: ir.Type) -> ir.Value:
        """What lies so many bytes behind an address."""
        place = self.builder.gep(base, [LONG(offset) if isinstance(offset, int) else offset])
        return self.builder.load(self.builder.bitcast(place, kind.as_pointer()))

    def fail_unless(self, fine: ir.Value, error: str = "", text: str = "") -> None:
        """Leave the function with an error where a condition does not hold; without a name of one, Python has been told of it."""
        with self.builder.if_then(self.builder.not_(fine), likely=False):
            if error:
                self.call("PyErr_SetString", ir.VoidType(), self.builder.load(self.variable(f"PyExc_{error}")), self.text(text))
            self.builder.branch(self.failed)

    # ------------------------------------------------------------ arguments

    def native(self, kind: types.Type, value: ir.Value, what: str) -> ir.Value:
        """An argument as numba's code has it."""
        if isinstance(kind, types.Array):
            return self.array(kind, value, what)
        if isinstance(kind, types.NamedTuple):
            return self.tuple(kind, value, what)
        if isinstance(kind, types.Boolean):
            found = self.call("PyObject_IsTrue", WORD, value)
            self.fail_unless(self.builder.icmp_signed(">=", found, WORD(0)))
            return self.builder.icmp_signed("!=", found, WORD(0))
        if isinstance(kind, types.Float):
            number = self.call("PyFloat_AsDouble", DOUBLE, value)
            suspicious = self.builder.fcmp_ordered("==", number, DOUBLE(-1.0))
        else:
            number = self.call("PyLong_AsLongLong" if kind.signed else "PyLong_AsUnsignedLongLongMask", LONG, value)
            suspicious = self.builder.icmp_signed("==", number, LONG(-1))
        with self.builder.if_then(suspicious, likely=False):
            self.fail_unless(self.builder.icmp_unsigned("==", self.call("PyErr_Occurred", POINTER), POINTER(None)))
        return number

    def tuple(self, kind: types.Type, value: ir.Value, what: str) -> ir.Value:
        parts = list(zip(kind.fields, kind.types, strict=True))
        size = self.call("PyTuple_Size", LONG, value)
        self.fail_unless(self.builder.icmp_signed(">=", size, LONG(0)))
        self.fail_unless(self.builder.icmp_signed("==", size, LONG(len(parts))), "TypeError", f"{what}: a tuple of {len(parts)} is needed")
        values = [
            self.native(part, self.call("PyTuple_GetItem", POINTER, value, LONG(i)), f"{what}.{name}")
            for i, (name, part) in enumerate(parts)
        ]
        return self.context.make_tuple(self.builder, kind, values)

    def array(self, kind: types.Type, value: ir.Value, what: str) -> ir.Value:
        dtype, build = as_dtype(kind.dtype), self.builder
        text = f"{what}: an array of {kind.ndim} dimensions of {dtype}, C-contiguous and aligned, is needed"
        known, found = build.load(self.array_type), self.read(value, TYPE, POINTER)
        is_array = build.alloca(ir.IntType(1))
        build.store(build.icmp_unsigned("==", found, known), is_array)
        with build.if_then(build.not_(build.load(is_array)), likely=False):
            build.store(build.icmp_signed("!=", self.call("PyType_IsSubtype", WORD, found, known), WORD(0)), is_array)
        self.fail_unless(build.load(is_array), "TypeError", text)
        elements, flags = self.read(value, ELEMENTS, POINTER), self.read(value, FLAGS, WORD)
        conditions = [
            build.icmp_signed("==", self.read(value, DIMENSIONS, WORD), WORD(kind.ndim)),
            self.is_one_of(self.read(elements, ELEMENT_NUMBER, WORD), element_numbers(dtype)),
            build.icmp_signed("!=", self.read(elements, BYTE_ORDER, BYTE), BYTE(FOREIGN)),
            build.icmp_signed("==", build.and_(flags, WORD(CONTIGUOUS_AND_ALIGNED)), WORD(CONTIGUOUS_AND_ALIGNED)),
        ]
        fine = conditions[0]
        for condition in conditions[1:]:
            fine = build.and_(fine, condition)
        self.fail_unless(fine, "TypeError", text)
        shape, strides = ([self.read(self.read(value, at, POINTER), 8 * i, LONG) for i in range(kind.ndim)] for at in (SHAPE, STRIDES))
        made = self.context.make_array(kind)(self.context, build)
        data = build.bitcast(self.read(value, DATA, POINTER), made.data.type)
        populate_array(made, data=data, shape=shape, strides=strides, itemsize=LONG(dtype.itemsize), meminfo=None)
        return made._getvalue()

    def is_one_of(self, value: ir.Value, numbers: list[int]) -> ir.Value:
        found = ir.Constant(ir.IntType(1), 0)
        for number in numbers:
            found = self.builder.or_(found, self.builder.icmp_signed("==", value, value.type(number)))
        return found

    # ------------------------------------------------------------ functions

    @contextmanager
    def function(self, name: str, kind: ir.FunctionType) -> Iterator[ir.Function]:
        """A new function, to which everything is added; it gives back 0 where something fails."""
        function = ir.Function(self.module, kind, name)
        self.builder = ir.IRBuilder(function.append_basic_block("entry"))
        self.failed = function.append_basic_block("failed")
        yield function
        self.builder.position_at_end(self.failed)
        self.builder.ret(POINTER(None))

    def add(self, entry: Entry) -> None:
        """The function that Python calls for an entry."""
        code, kinds = entry.code, list(entry.parameters.values())
        with self.function(f"wrapper of {entry.name}", ir.FunctionType(POINTER, [POINTER, POINTER.as_pointer(), LONG])) as function:
            function.linkage = "internal"
            _, given, count = function.args
            wrong = f"{entry.name} takes {len(kinds)} arguments"
            self.fail_unless(self.builder.icmp_signed("==", count, LONG(len(kinds))), "TypeError", wrong)
            values = [
                self.native(kind, self.builder.load(self.builder.gep(given, [LONG(i)])), f"{entry.name}, {name}")
                for i, (name, kind) in enumerate(entry.parameters.items())
            ]
            convention, result = self.context.call_conv, code.signature.return_type
            callee = cgutils.get_or_insert_function(
                self.module, convention.get_function_type(result, kinds), code.fndesc.llvm_func_name
            )  # fmt: skip
            thread = None if entry.brief else self.call("PyEval_SaveThread", POINTER)
            status, found = convention.call_function(self.builder, callee, result, kinds, values)
            if thread is not None:
                self.call("PyEval_RestoreThread", ir.VoidType(), thread)
            self.fail_unless(self.builder.not_(status.is_error), "ZeroDivisionError", f"{entry.name} divides by 0")
            self.builder.ret(self.given_back(result, found))
        self.methods.append((entry.name, function))

    def given_back(self, kind: types.Type, value: ir.Value) -> ir.Value:
        """A result as an object."""
        if isinstance(kind, types.NoneType):
            nothing = self.builder.bitcast(self.variable("_Py_NoneStruct"), POINTER)
            self.call("Py_IncRef", ir.VoidType(), nothing)
            return nothing
        if isinstance(kind, types.Float):
            return self.call("PyFloat_FromDouble", POINTER, value)
        if isinstance(kind, types.Boolean):
            return self.call("PyBool_FromLong", POINTER, self.builder.zext(value, LONG))
        return self.call("PyLong_FromLongLong", POINTER, value)

    def finish(self, sources: str) -> ir.Module:
        """The module, with the function by which Python makes a module of it; its attribute `sources` is this text."""
        zero, nothing = LONG(0), POINTER(None)
        method = ir.LiteralStructType([POINTER, POINTER, WORD, POINTER])
        rows = [
            [self.context.insert_const_string(self.module, name).bitcast(POINTER), function.bitcast(POINTER), WORD(FAST_CALL), nothing]
            for name, function in self.methods
        ]
        table = self.constant(ir.ArrayType(method, len(rows) + 1), [method(row) for row in [*rows, [nothing, nothing, WORD(0), nothing]]])
        title = self.context.insert_const_string(self.module, self.name).bitcast(POINTER)
        # PyModuleDef: five words that Python fills in, name, docstring, size of its state, methods, and four that it does not need
        kinds = [LONG, POINTER, POINTER, LONG, POINTER, POINTER, POINTER, LONG, *[POINTER] * 5]
        values = [LONG(1), nothing, nothing, zero, nothing, title, nothing, LONG(-1), table.bitcast(POINTER), *[nothing] * 4]
        definition = self.constant(ir.LiteralStructType(kinds), values)
        definition.global_constant = False
        with self.function(f"PyInit_{self.name}", ir.FunctionType(POINTER, [])):
            numpy = self.call("PyImport_ImportModule", POINTER, self.text("numpy"))
            self.fail_unless(self.builder.icmp_unsigned("!=", numpy, nothing))
            found = self.call("PyObject_GetAttrString", POINTER, numpy, self.text("ndarray"))
            self.builder.store(found, self.array_type)
            module = self.call("PyModule_Create2", POINTER, self.builder.bitcast(definition, POINTER), WORD(STABLE_ABI))
            self.fail_unless(self.builder.icmp_unsigned("!=", module, nothing))
            self.call("PyModule_AddStringConstant", WORD, module, self.text("sources"), self.text(sources))
            self.builder.ret(module)
        return self.module

    def constant(self, kind: ir.Type, values: list[object]) -> ir.GlobalVariable:
        found = ir.GlobalVariable(self.module, kind, self.module.get_unique_name("table"))
        found.initializer, found.linkage, found.global_constant = kind(values), "internal", True
        return found
