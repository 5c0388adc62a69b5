"""Compiles all kernels ahead of time, into one shared library that Python loads as an extension module (compiled_kernels.py).

    python -m codec.system.kernel_build                       beside this file, for this machine's architecture
    python -m codec.system.kernel_build aarch64 FILE          for another one

    entries of half of the modules -> numba -> LLVM, not optimised, with their wrappers
    each half, for each target     -> optimised, machine code
    all                            -> a linker

Numba types and lowers a kernel as it does when it compiles at once; but what it makes is kept as it is, for LLVM to optimise for each
target. Reference counts, of which arrays from Python have none here, and the texts of exceptions are left out. All cores work, on the
halves and then on what is to be optimised.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import os
import platform
import subprocess
import sys
import tempfile
import typing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import callconv, codegen, cpu, registry
from numba.core.compiler_lock import global_compiler_lock
from numba.np.numpy_support import from_dtype

from codec.errors import CannotBuild
from codec.system.compiled_kernels import LIBRARY, PARTS, TARGETS, module_name
from codec.system.kernel_choice import VARIABLE
from codec.system.kernel_sources import declaring_modules, sources_digest
from codec.system.kernel_wrappers import Entry, Wrappers
from codec.system.linker import linker

SPEED = 3  # of LLVM's optimisations
ANY = "any"  # the target of code that has not been optimised yet
KNOWN_OUTSIDE = ("Py", "_Py", "llvm.", "mem")  # how names begin that a library need not define


# ---------------------------------------------------------------- numba's part


class _Library(codegen.CPUCodeLibrary):  # type: ignore[misc]
    """Machine code in the making that nobody optimises."""

    def _optimize_functions(self, module: llvm.ModuleRef) -> None:
        module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        return None

    def _finalize_specific(self) -> None:
        return None


class _Codegen(codegen.AOTCPUCodegen):  # type: ignore[misc]
    _library_class = _Library


class _Convention(callconv.CPUCallConv):  # type: ignore[misc]
    """Numba's way to call functions; which exception was raised is not told."""

    def return_user_exc(self, builder: ir.IRBuilder, *reasons: object, **details: object) -> None:
        self._return_errcode_raw(builder, callconv.RETCODE_USEREXC)


class _Context(cpu.CPUContext):  # type: ignore[misc]
    """Numba's idea of a processor, for which nothing is loaded or wrapped."""

    def init(self) -> None:
        self.is32bit = False
        self._internal_codegen = _Codegen("kernels")

    @property
    def call_conv(self) -> _Convention:
        return _Convention(self)

    def create_cpython_wrapper(self, *arguments: object, **options: object) -> None:
        return None

    def create_cfunc_wrapper(self, *arguments: object, **options: object) -> None:
        return None

    def get_executable(self, *arguments: object) -> object:
        return [].append  # numba wants a new function that is built in, to know the kernel by; it never calls it


def numba_type(annotation: Any) -> types.Type:
    """Numba's type of what an entry's parameter is annotated with."""
    if annotation in (int, float, bool):
        return {int: types.int64, float: types.float64, bool: types.boolean}[annotation]
    if typing.get_origin(annotation) is typing.Annotated and typing.get_origin(annotation.__origin__) is np.ndarray:
        array, dimensions = typing.get_args(annotation)
        (element,) = typing.get_args(typing.get_args(array)[1])
        return types.Array(from_dtype(np.dtype(element)), dimensions, "C")
    if isinstance(annotation, type) and issubclass(annotation, np.generic):
        return from_dtype(np.dtype(annotation))
    if hasattr(annotation, "_fields"):
        hints = typing.get_type_hints(annotation, include_extras=True)
        return types.NamedTuple([numba_type(hints[name]) for name in annotation._fields], annotation)
    raise CannotBuild(f"an entry's parameter is annotated with {annotation}: see array_types.py")


def declared() -> dict[str, registry.CPUDispatcher]:
    """All entries of the package by their full names, to be compiled by numba."""
    os.environ[VARIABLE] = "jit"
    sources_digest()  # of the sources that are imported now, whatever happens to them while they are compiled
    found = {}
    for name in declaring_modules():
        for value in vars(importlib.import_module(name)).values():
            if getattr(value, "is_entry", False) and value.py_func.__module__ == name:
                found[f"{name}.{value.py_func.__qualname__}"] = value
    return found


def parameters_of(entry: registry.CPUDispatcher) -> dict[str, types.Type]:
    """What an entry takes. Raises CannotBuild if that is not said, or cannot be."""
    names, hints = inspect.signature(entry.py_func).parameters, typing.get_type_hints(entry.py_func, include_extras=True)
    return {name: numba_type(hints.get(name)) for name in names}


def compiled(name: str, entry: registry.CPUDispatcher) -> Entry:
    """An entry and all that it calls, as LLVM has them before they are optimised."""
    parameters = parameters_of(entry)
    code = entry._compiler.compile(tuple(parameters.values()), None)
    result = code.signature.return_type
    if not isinstance(result, types.NoneType | types.Boolean | types.Integer | types.Float):
        raise CannotBuild(f"the entry {name} gives back {result}")
    return Entry(name, parameters, code, not entry.targetoptions["nogil"])


# ---------------------------------------------------------------- LLVM's part


def whole_module(part: int, entries: list[Entry], context: _Context) -> llvm.ModuleRef:
    """A part of the kernels and their wrappers, not optimised: what they share is in it once, and only the wrappers can be called."""
    wrappers = Wrappers(context, module_name(ANY, part))
    for entry in entries:
        wrappers.add(entry)
    module = llvm.parse_assembly(str(wrappers.finish(sources_digest())))
    for entry in entries:
        module.link_in(entry.code.library._get_module_for_linking(), preserve=True)
    module.link_in(llvm.parse_assembly(_no_reference_counts()))
    for function in module.functions:
        if not function.is_declaration and function.name != f"PyInit_{wrappers.name}":
            function.linkage = "internal"
    for variable in module.global_variables:
        if variable.linkage == llvm.Linkage.common:
            variable.linkage = "internal"
    module.verify()
    return module


def machine_code(target: str, part: int, module: llvm.ModuleRef) -> bytes:
    """The object file of a part of the kernels for a target."""
    processor = TARGETS[target]
    machine = llvm.Target.from_triple(processor.triple).create_target_machine(
        cpu=processor.name, features=processor.features, opt=SPEED, reloc="pic", codemodel="small"
    )
    module.triple, module.data_layout = processor.triple, str(machine.target_data)
    module.get_function(f"PyInit_{module_name(ANY, part)}").name = f"PyInit_{module_name(target, part)}"
    _optimise(module, machine)
    missing = [one.name for one in module.functions if one.is_declaration and not one.name.startswith(KNOWN_OUTSIDE)]
    if missing:
        raise CannotBuild(f"kernels use {', '.join(missing)}, which numba has at run time alone")
    code: bytes = machine.emit_object(module)
    return code


def _no_reference_counts() -> str:
    """Functions of numba that count references, and do nothing."""
    module = ir.Module("no reference counts")
    for name in ("NRT_incref", "NRT_decref"):
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()]), name)
        ir.IRBuilder(function.append_basic_block()).ret_void()
    return str(module)


def _optimise(module: llvm.ModuleRef, machine: llvm.TargetMachine) -> None:
    options = llvm.create_pipeline_tuning_options(speed_level=SPEED)
    options.loop_vectorization, options.slp_vectorization = True, False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)


# ---------------------------------------------------------------- the library


def build(architecture: str, library: Path) -> None:
    """Make the library, of which each part is made by a process of its own. Raises CannotBuild."""
    command = linker(architecture)
    if command is None:
        raise CannotBuild(f"there is no linker for {architecture} here: install binutils")
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    targets = [target for target, processor in TARGETS.items() if processor.architecture == architecture]
    with tempfile.TemporaryDirectory(dir=library.parent) as place:
        folder, processes = Path(place), get_context("fork").Pool(len(os.sched_getaffinity(0)), maxtasksperchild=1)
        with processes:
            processes.starmap(_write_code, [(part, folder) for part in range(PARTS)], 1)
            processes.starmap(_write_object, [(target, part, folder) for target in targets for part in range(PARTS)], 1)
        made = folder / library.name
        subprocess.run([*command, "-shared", "-s", "-o", str(made), *map(str, sorted(folder.glob("*.o")))], check=True)
        os.replace(made, library)


@global_compiler_lock  # type: ignore[untyped-decorator]
def _write_code(part: int, folder: Path) -> None:
    """Write a part of the entries as LLVM has them: modules side by side, as those of a room share what they call."""
    gc.disable()  # numba makes millions of objects that live on, among which the collector would look a third of the time
    found = declared()
    context = _Context(registry.cpu_target.typing_context, "cpu")
    vars(registry.cpu_target)["_toplevel_target_context"] = context
    modules = list(dict.fromkeys(entry.py_func.__module__ for entry in found.values()))
    modules = modules[part * len(modules) // PARTS : (part + 1) * len(modules) // PARTS]
    entries = [compiled(name, entry) for name, entry in found.items() if entry.py_func.__module__ in modules]
    (folder / f"{part}.bc").write_bytes(whole_module(part, entries, context).as_bitcode())


def _write_object(target: str, part: int, folder: Path) -> None:
    module = llvm.parse_bitcode((folder / f"{part}.bc").read_bytes())
    (folder / f"{module_name(target, part)}.o").write_bytes(machine_code(target, part, module))


if __name__ == "__main__":
    chosen = sys.argv[1:] or [platform.machine(), str(LIBRARY)]
    build(chosen[0], Path(chosen[1]))
