"""Imports go downwards only, and importing the package never loads torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "codec"

def imports(path: Path) -> tuple[set[str], set[str]]:
    """Modules of this package, and packages from outside, that a file imports anywhere in its text."""
    inside, outside = set(), set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = [node.module or ""]
            if (ROOT / (node.module or "").replace(".", "/")).is_dir():
                names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name == "codec" or name.startswith("codec."):
                inside.add(name.removeprefix("codec").removeprefix("."))
            elif name.split(".")[0] not in sys.stdlib_module_names:
                outside.add(name.split(".")[0])
    return inside, outside


SOURCES = [path for path in PACKAGE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py")]
MODULES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in SOURCES}


@pytest.mark.parametrize("module", ["density.photo.predictors", "density.shared.learning"])
def test_sums_of_doubles_use_nothing_that_may_round_otherwise_elsewhere(module: str) -> None:
    """Their sums of doubles decide bits (DESIGN.md section 3): no power, no matrix product, no library's sum, no fused multiply-add."""
    tree = ast.parse(MODULES[module].read_text())
    kernels = [node for node in tree.body if isinstance(node, ast.FunctionDef) and "njit" in ast.dump(ast.List(node.decorator_list))]
    assert len(kernels) > 6
    for node in (node for kernel in kernels for node in ast.walk(kernel)):
        assert not isinstance(node, ast.Pow | ast.MatMult)
        if isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            assert name not in {"sum", "round", "dot", "multiply_add", "sqrt", "exp", "log", "float32"}


@pytest.mark.parametrize("module", MODULES)
def test_no_kernel_may_reorder_floats(module: str) -> None:
    keywords = [node.arg for node in ast.walk(ast.parse(MODULES[module].read_text())) if isinstance(node, ast.keyword)]
    assert not {"fastmath", "parallel"} & set(keywords)


@pytest.mark.parametrize("module", MODULES)
def test_only_the_learning_side_and_the_device_engine_import_torch(module: str) -> None:
    if not module.startswith("learn.") and module != "nets.torch_engine":
        assert "torch" not in imports(MODULES[module])[1]


def test_there_are_no_cycles() -> None:
    graph = {module: imports(path)[0] & set(MODULES) for module, path in MODULES.items()}
    while graph:
        free = [module for module, needs in graph.items() if not needs]
        assert free, f"a cycle among {sorted(graph)}"
        graph = {module: needs - set(free) for module, needs in graph.items() if module not in free}


def test_importing_the_package_leaves_torch_out() -> None:
    names = [name for name in MODULES if not name.startswith("learn") and name != "nets.torch_engine"]
    code = f"import sys, codec, importlib; [importlib.import_module('codec.' + n) for n in {names}]; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip() == "False"
