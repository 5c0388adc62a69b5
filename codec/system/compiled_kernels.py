"""Loads the kernels that were compiled ahead of time, in their form for this machine's processor.

kernel_build.py makes the library, some extension modules for each target. It is a part of the package: whoever could change it could change
the package.
"""

from __future__ import annotations

import platform
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from codec.system.kernel_sources import PACKAGE, sources_digest

ENDING = ".abi3.so"  # of an extension module for all versions of Python
LIBRARY = Path(__file__).with_name(f"compiled{ENDING}")
PARTS = 2  # modules into which the kernels for a target are divided, as two cores build them
CHECKOUT = PACKAGE.parent / "pyproject.toml"
PROCESSORS = Path("/proc/cpuinfo")


class Target(NamedTuple):
    """A kind of processor: LLVM's triple and name for it, the flags by which Linux says that a processor is of it, and LLVM's names of what
    it can do besides."""

    architecture: str
    triple: str
    name: str
    flags: str
    features: str = ""


_X86, _LINUX_X86 = "x86_64", "x86_64-unknown-linux-gnu"
_V2 = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"
_V3 = f"{_V2} abm avx avx2 bmi1 bmi2 f16c fma movbe"
_V4 = f"{_V3} avx512bw avx512cd avx512dq avx512f avx512vl"
_VNNI = f"{_V4} avx512_vnni"  # two products of 16 bits, and their sum added, in one instruction
TARGETS = {  # of an architecture the best ones first
    "x86-64-v4-vnni": Target(_X86, _LINUX_X86, "x86-64-v4", _VNNI, "+avx512vnni,+fast-dpwssd"),
    "x86-64-v4": Target(_X86, _LINUX_X86, "x86-64-v4", _V4),
    "x86-64-v3": Target(_X86, _LINUX_X86, "x86-64-v3", _V3),
    "x86-64-v2": Target(_X86, _LINUX_X86, "x86-64-v2", _V2),
    "aarch64": Target("aarch64", "aarch64-unknown-linux-gnu", "generic", ""),
}


def module_name(target: str, part: int) -> str:
    """The name under which the library has a part of the kernels for a target."""
    return f"kernels_{target.replace('-', '_')}_{part}"


def load_kernels(target: str) -> ModuleType | None:
    """A module with the entries for a target by their full names; its attribute `sources` is the digest of what they were made of.

    None if there is no library for this machine and kind of Python. In a checkout, where sources change, it must be of these.
    """
    if ENDING not in EXTENSION_SUFFIXES or not LIBRARY.exists():
        return None
    try:
        first, *others = [_loaded(module_name(target, part)) for part in range(PARTS)]
    except ImportError:
        return None
    if CHECKOUT.exists() and first.sources != sources_digest():
        return None
    for other in others:
        vars(first).update({name: entry for name, entry in vars(other).items() if name.startswith(PACKAGE.name)})
    return first


def _loaded(name: str) -> ModuleType:
    """A module that the library has. Raises ImportError."""
    loader = ExtensionFileLoader(name, str(LIBRARY))
    return module_from_spec(ModuleSpec(name, loader, origin=str(LIBRARY)))


def usable_targets() -> list[str]:
    """The targets that this machine's processor is of, the best one first."""
    architecture, flags = platform.machine(), _flags()
    return [name for name, target in TARGETS.items() if target.architecture == architecture and set(target.flags.split()) <= flags]


def _flags() -> set[str]:
    """What Linux says that the first processor can do."""
    try:
        with PROCESSORS.open() as lines:
            return next((set(line.split()) for line in lines if line.startswith("flags")), set())
    except OSError:
        return set()
