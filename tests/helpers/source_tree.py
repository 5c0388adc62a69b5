"""Reads the source of codec/ and bench/ without running it: modules, what they import, what they define.

Modules of codec are named without "codec.", those of bench in full: "coding.message", "bench.report.page". A package's own file has the
name of its folder, those of codec/ itself are "__init__" and "__main__".
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from helpers.processes import ROOT

PACKAGES = ("codec", "bench")
DISTRIBUTIONS = {"PIL": "Pillow"}  # packages whose name is not that of their distribution
KERNELS = "system.kernels"  # the module whose decorators declare kernels


@dataclass(frozen=True)
class Module:
    """A file of source, by the name of its module."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def functions(self) -> list[ast.FunctionDef]:
        """All functions and methods, also those within others."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)]

    @cached_property
    def public_names(self) -> set[str]:
        """The functions and classes that stand in the file for others to use."""
        found = [node.name for node in self.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        return {name for name in found if not name.startswith("_")}

    @cached_property
    def kernels(self) -> list[ast.FunctionDef]:
        """The functions that are declared as kernels."""
        nodes = [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom) and node.module == f"codec.{KERNELS}"]
        decorators = {alias.asname or alias.name for node in nodes for alias in node.names}
        return [one for one in self.functions if decorators & {name for mark in one.decorator_list for name in names_in(mark)}]

    @cached_property
    def inside(self) -> set[str]:
        """The modules of this project that it imports, anywhere in its text."""
        return {_short(name) for name in self._imported if name.split(".")[0] in PACKAGES}

    @cached_property
    def outside(self) -> set[str]:
        """The distributions that it imports packages of, anywhere in its text; the standard library is none."""
        first = {name.split(".")[0] for name in self._imported} - set(PACKAGES) - sys.stdlib_module_names
        return {DISTRIBUTIONS.get(name, name) for name in first}

    @cached_property
    def private_imports(self) -> set[str]:
        """Names of other modules that are imported although they begin with an underscore."""
        froms = [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in PACKAGES]
        names = {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
        return {name for name in names if name.split(".")[-1].startswith("_") and not name.endswith("__")}

    @cached_property
    def _imported(self) -> set[str]:
        """Full names of modules; what is imported from a folder is a module if there is a file of that name."""
        found = set[str]()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0 and node.module, f"{self.path}: imports are absolute"
                for alias in node.names:
                    below = f"{node.module}.{alias.name}"
                    found.add(below if _path_of(below) else node.module)
        return found


def names_in(node: ast.AST) -> Iterator[str]:
    """Plain names and attributes in a piece of source."""
    for one in ast.walk(node):
        if isinstance(one, ast.Name | ast.Attribute):
            yield one.id if isinstance(one, ast.Name) else one.attr


def read_modules() -> dict[str, Module]:
    """Every module of codec/ and bench/, by name."""
    found = [Module(_short(_full_name(path)), path) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {module.name: module for module in found}


def _full_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _short(name: str) -> str:
    return "__init__" if name == "codec" else name.removeprefix("codec.")


def _path_of(name: str) -> Path | None:
    """The file of a module, None if there is none."""
    place = ROOT.joinpath(*name.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.exists()), None)
