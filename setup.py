"""Builds the package with its kernels compiled ahead of time, where that can be done; pyproject.toml says everything else.

On Linux on x86-64 and aarch64 numba compiles them and a linker of the system makes a library; what is installed does not need numba then.
Without a linker, and elsewhere, numba is installed, and compiles them on first use. docs/kernels.md says how to build for another machine.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import sysconfig
import warnings
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from codec.system.linker import ARCHITECTURES, linker  # noqa: E402

PLATFORM, _, ARCHITECTURE = sysconfig.get_platform().partition("-")
DEPENDENCIES, NUMBA = ["numpy>=2.0", "Pillow>=10.3", "click>=8.1"], "numba>=0.61"


def can_compile() -> bool:
    """Whether kernels are compiled ahead of time for this platform, and can be here."""
    if PLATFORM != "linux" or ARCHITECTURE not in ARCHITECTURES or sys.implementation.name != "cpython":
        return False
    fine = linker(ARCHITECTURE) is not None and importlib.util.find_spec("numba") is not None
    if not fine and {"bdist_wheel", "editable_wheel"} & set(sys.argv):
        warnings.warn("there is no linker (or no numba) here: kernels are compiled by numba, on first use", stacklevel=2)
    return fine


class BuildKernels(build_ext):
    """Compiles the kernels to what setuptools takes for an extension module, in a process of its own."""

    def build_extension(self, ext: Extension) -> None:
        library = Path(self.get_ext_fullpath(ext.name)).resolve()
        library.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "codec.system.kernel_build", ARCHITECTURE, str(library)], cwd=ROOT, check=True)


if can_compile():
    setup(
        install_requires=DEPENDENCIES,
        ext_modules=[Extension("codec.system.compiled", [], py_limited_api=True)],
        cmdclass={"build_ext": BuildKernels},
        options={"bdist_wheel": {"py_limited_api": "cp310"}},
    )
else:
    setup(install_requires=[*DEPENDENCIES, NUMBA])
