"""Every module lies in a room, imports what its room may, and is of a size that can be read."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import defaultdict

import pytest
from helpers.loaded import loaded_by
from helpers.processes import ROOT
from helpers.source_tree import Module, names_in, read_modules

MODULES = read_modules()

# A row is a room, or a module that may do what the others of its room may not: what it may import, and packages from outside.
# A module belongs to the longest name that its own begins with. It may import all modules of its row, those of the rows that are named
# here, and single modules under their full names. docs/architecture.md prints this table.
ANY_ROOM = "all of codec but cli"
ROOMS = {
    "errors": ("", ""),
    "system": ("errors, system.remote", "numpy"),
    "system.remote": ("errors", "fsspec"),
    "system.kernels": ("errors, system.kernel_cache, system.kernel_choice", "numba"),
    "system.kernel_cache": ("errors, system, system.kernel_choice", "numba, llvmlite"),
    "system.kernel_choice": ("errors, system", ""),
    "system.kernel_build": ("errors, system, system.kernel_choice, system.kernel_wrappers", "numpy, numba, llvmlite"),
    "system.kernel_wrappers": ("", "numpy, numba, llvmlite"),
    "system.workers": ("errors, system", "distributed"),
    "coding": ("errors, system, system.kernels", "numpy"),
    "lanes": ("system.kernels, system.kernel_choice", "numpy, numba, llvmlite"),
    "container": ("errors", ""),
    "nets": ("errors, system", "numpy"),
    "nets.torch_engine": ("errors, nets", "numpy, torch"),
    "media": ("errors, system, system.kernels, container.numbers, container.lzma2", "numpy, Pillow"),
    "density": ("errors, system, coding, nets, container.numbers, density.jpeg.form", "numpy"),
    "density.library": ("errors, nets, density, density.named_model, density.photo.deep", ""),
    "density.named_model": ("errors, system.records, nets, density, density.arrays, density.photo, density.jpeg, density.graphics", ""),
    "density.shared": ("errors, system, system.kernels, coding, nets, lanes, container.numbers, density", "numpy"),
    "density.arrays": ("errors, system, system.kernels, system.kernel_choice, coding, nets, lanes, container.numbers, density, "
                       "density.shared", "numpy"),
    "density.photo": ("errors, system, system.kernels, coding, nets, lanes, container.numbers, density, density.shared", "numpy"),
    "density.photo.deep": ("errors, system, system.kernels, coding, nets, lanes, container.numbers, density, density.shared, density.photo",
                           "numpy"),
    "density.jpeg": ("errors, system, system.kernels, coding, nets, lanes, container.numbers, density, density.shared", "numpy"),
    "density.graphics": ("errors, system, system.kernels, coding, nets, lanes, container.numbers, density, density.shared.tiles", "numpy"),
    "methods": ("errors, system, system.kernels, container, media, density, density.library, density.photo.colour, methods.webp", "numpy"),
    "methods.webp": ("errors, container, media, density, methods", "numpy, Pillow"),
    "kinds": ("errors, system, system.kernel_cache, system.kernel_choice, container, media, nets.layers, "
              "nets.model_file, density, density.library, density.named_model, methods", "numpy"),
    "kinds.table": ("errors, container, media, density.library, density.named_model, kinds, kinds.picture, kinds.array, kinds.frames, "
                    "kinds.jpeg", "numpy"),
    "kinds.picture": ("errors, system, container, media, density, density.library, density.shared.tiles, methods, kinds", "numpy"),
    "kinds.jpeg": ("errors, system, container, media, density, density.jpeg.form, density.library, methods, kinds, kinds.table, "
                   "kinds.picture.heat_map", "numpy"),
    "kinds.frames": ("errors, system, container, media, methods, kinds, kinds.table", "numpy"),
    "kinds.array": ("errors, system, container, media, nets.layers, density, density.library, density.named_model, methods, kinds, "
                    "kinds.table", "numpy"),
    "archives": ("errors, system, system.remote, container, media, kinds, kinds.table", "numpy, Pillow"),
    "api": ("errors, system, system.kernels, media, archives, density.library, density.named_model, kinds, kinds.table, kinds.picture",
            "numpy, Pillow"),
    "plugins": ("errors, api", "numpy, zarr, numcodecs"),
    "pillow_plugin": ("errors, api", "Pillow"),
    "pillow": ("pillow_plugin", ""),
    "__init__": ("errors, api, density, kinds", ""),
    "__main__": ("cli", ""),
    "cli": ("errors, __init__, system, system.kernels, system.remote, system.workers, api, archives, kinds, kinds.table, "
            "kinds.picture, kinds.array, kinds.frames, kinds.jpeg, density.library, nets, nets.torch_engine, learn, "
            "learn.common, learn.arrays, learn.photo, learn.jpeg",
            "click"),
    "learn": ("errors, system, nets, density.named_model, learn.common, learn.arrays, learn.photo, learn.jpeg", ""),
    "learn.common": ("errors, system, media, coding, nets, density, density.shared", "numpy, Pillow, torch, matplotlib"),
    "learn.arrays": ("errors, system, media, coding, nets, density, density.arrays, learn.common", "numpy, torch, matplotlib"),
    "learn.graphics": ("errors, system, media, nets, density, density.graphics, learn.common", "numpy"),
    "learn.photo": (
        "errors, system, media, coding, nets, lanes, density, density.library, density.shared, density.photo, density.photo.deep, "
        "learn.common",
        "numpy, Pillow, torch",
    ),
    "learn.jpeg": (
        "errors, system, media, coding, nets, lanes, density, density.library, density.shared, density.jpeg, learn.common",
        "numpy, torch",
    ),
    "bench": (
        f"{ANY_ROOM}, bench.data, bench.measure, bench.codecs, bench.estimates, bench.report",
        "numpy, Pillow, torch, matplotlib, av",
    ),
    "bench.data": (f"{ANY_ROOM}, bench.errors", "numpy, Pillow"),
    "bench.measure": (f"{ANY_ROOM}, bench.errors, bench.data", "numpy, Pillow"),
    "bench.codecs": (f"{ANY_ROOM}, bench.errors, bench.measure", "numpy, Pillow, constriction, craystack, imagecodecs"),
    "bench.estimates": (f"{ANY_ROOM}, bench.errors, bench.data, bench.measure, bench.codecs", "numpy, torch"),
    "bench.report": ("bench.errors, bench.measure", ""),
}  # fmt: skip

REPOSITORY = {"pyproject.toml", "setup.py", "README.md", "CONTRIBUTING.md", "LICENSE", ".gitignore", ".ci", "codec", "bench", "tests",
              "examples", "docs", "share"}  # fmt: skip
FILES = {"__init__.py", "__main__.py", "errors.py", "api.py", "pillow_plugin.py", "pillow.py"}
FOLDERS = {"system", "coding", "nets", "lanes", "container", "media", "density", "methods", "kinds", "archives", "plugins", "cli", "learn",
           "models"}  # fmt: skip
FILE_LINES, FUNCTION_LINES = 300, 40
REASON = re.compile(r"^\s*Long because \w+", re.MULTILINE)  # in the docstring of what is longer
ANYS = 40

COMMAND = "a command, and the function of the library that does the same"
FAMILY = "what every family of densities has, under one name"
KIND = "what every kind of file has, under one name"
PASSED_ON = "the table of kinds passes it on to the kind"
SHARED_NAMES = {  # public names that are defined in two rooms, and why
    "compress": COMMAND,
    "decompress": COMMAND,
    "density": COMMAND,
    "thumbnail": COMMAND,
    "info": COMMAND,
    "load_density": FAMILY,
    "probe_digest": FAMILY,
    "is_affordable": FAMILY,
    "info_of": KIND,
    "read_header": KIND,
    "compress_array": PASSED_ON,
    "compress_chain": PASSED_ON,
    "compress_image": PASSED_ON,
    "estimate_array": PASSED_ON,
    "estimate_image": PASSED_ON,
    "estimate_sequence": PASSED_ON,
    "is_compressed": PASSED_ON,
    "is_data_set": PASSED_ON,
    "read_sequence": PASSED_ON,
    "write_sequence": PASSED_ON,
}


def row_of(name: str) -> str:
    """The row that a module belongs to. Raises KeyError if there is none."""
    parts = name.split(".")
    found = [".".join(parts[:length]) for length in range(len(parts), 0, -1) if ".".join(parts[:length]) in ROOMS]
    if not found:
        raise KeyError(f"{name} lies in no room of the table")
    return found[0]


def names(cell: str) -> set[str]:
    return {name.strip(" `") for name in cell.split(",")} - {"", "-"}


def is_of_codec(name: str) -> bool:
    return name.split(".")[0] != "bench"


CODEC = [name for name in MODULES if is_of_codec(name)]


def below_cli() -> list[Module]:
    return [MODULES[name] for name in CODEC if row_of(name) not in ("cli", "__main__")]


# ---------------------------------------------------------------- rooms


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no repository says which files are its own")
def test_the_repository_has_these_folders_and_files() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    assert {name.split("/")[0] for name in listed} == REPOSITORY


def test_the_package_has_the_rooms_of_the_table_and_six_files() -> None:
    found = {path.name for path in (ROOT / "codec").iterdir() if path.name != "__pycache__"}
    assert found == FILES | FOLDERS | {"py.typed"}


def test_every_folder_has_a_row_and_every_row_has_something_in_it() -> None:
    folders = {name.rpartition(".")[0] for name in MODULES} - {"", "bench"}
    assert {folder.split(".")[0] for folder in folders if is_of_codec(folder)} <= set(ROOMS)
    assert {folder for folder in folders if folder.startswith(("bench.", "density.", "kinds.", "learn."))} <= set(ROOMS)
    assert {row_of(name) for name in MODULES} == set(ROOMS)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_what_its_room_may(name: str) -> None:
    module, row = MODULES[name], row_of(name)
    rooms, packages = map(names, ROOMS[row])
    others = {one for one in module.inside if row_of(one) != row and row_of(one) not in rooms and one not in rooms}
    if ANY_ROOM in rooms:
        others = {one for one in others if not is_of_codec(one) or row_of(one) in ("cli", "__main__")}
    assert not others, f"{row} may not import these"
    assert module.outside <= packages, f"{row} may not import these from outside"


def test_every_name_in_the_table_is_a_row_or_a_module() -> None:
    for rooms, _ in ROOMS.values():
        assert names(rooms) - {ANY_ROOM} <= set(ROOMS) | set(MODULES)


def test_the_table_in_the_docs_is_this_one() -> None:
    page = ROOT / "docs" / "architecture.md"
    if not page.exists():
        pytest.skip("there is no docs/architecture.md to compare with")
    _, _, table = page.read_text().partition("| room | may import | from outside |\n")
    rows = [line.strip("|").split("|") for line in table.split("\n\n")[0].splitlines()[1:]]
    printed = {room.strip(" `"): (names(rooms), names(packages)) for room, rooms, packages in rows}
    ours = [f"| {room} | {rooms or '-'} | {packages or '-'} |" for room, (rooms, packages) in ROOMS.items()]
    assert printed == {room: tuple(map(names, cells)) for room, cells in ROOMS.items()}, "\n".join(["the table is", *ours])


def test_there_are_no_cycles() -> None:
    graph = {name: module.inside & set(MODULES) - {name} for name, module in MODULES.items()}
    kinds = ("kinds.picture", "kinds.array", "kinds.frames", "kinds.jpeg")
    asked = {"kinds.original", *(name for name in MODULES if name.startswith(kinds))}
    graph["kinds.table"] -= asked  # by which kinds reach each other: it imports them when they are asked for
    while graph:
        free = {name for name, needs in graph.items() if not needs}
        assert free, f"a cycle among {sorted(graph)}"
        graph = {name: needs - free for name, needs in graph.items() if name not in free}


@pytest.mark.parametrize("name", MODULES)
def test_no_module_imports_what_another_keeps_to_itself(name: str) -> None:
    assert not MODULES[name].private_imports


def test_nothing_below_the_command_line_prints() -> None:
    pipes = "system.kept_process"  # those of a child have such names, too
    speaking = {"print", "stdout", "stderr"}
    assert not [module.name for module in below_cli() if module.name != pipes and speaking & set(names_in(module.tree))]


def test_importing_the_package_loads_nothing_large() -> None:
    assert not {"numpy", "numba", "PIL", "click", "torch"} & loaded_by("codec")


def test_the_library_loads_neither_torch_nor_click() -> None:
    others = ("learn", "nets.torch_engine", "plugins", "__init__")  # plugins load the program that they are for
    library = [f"codec.{module.name}" for module in below_cli() if not module.name.startswith(others)]
    assert not {"torch", "click", "matplotlib"} & loaded_by(*library)


# ---------------------------------------------------------------- what decides bits


@pytest.mark.parametrize(
    "name", ["density.photo.least_squares", "density.photo.predictors", "density.shared.learning", "density.shared.whole_learning"]
)
def test_sums_of_doubles_use_nothing_that_may_round_otherwise_elsewhere(name: str) -> None:
    """Their sums of doubles decide bits: no power, no matrix product, no library's sum, no fused multiply-add."""
    kernels = MODULES[name].kernels
    assert len(kernels) > 5
    for kernel in kernels:
        assert not [node for node in ast.walk(kernel) if isinstance(node, ast.Pow | ast.MatMult)]
        assert not {"sum", "round", "dot", "multiply_add", "sqrt", "exp", "log", "float32"} & set(names_in(kernel))


@pytest.mark.parametrize("name", MODULES)
def test_no_kernel_may_reorder_floats(name: str) -> None:
    keywords = {node.arg for node in ast.walk(MODULES[name].tree) if isinstance(node, ast.keyword)}
    assert not {"fastmath", "parallel"} & keywords


# ---------------------------------------------------------------- sizes and names


def lines(node: ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("name", CODEC)
def test_what_is_long_says_why(name: str) -> None:
    module = MODULES[name]
    long: list[ast.Module | ast.FunctionDef] = [one for one in module.functions if lines(one) > FUNCTION_LINES]
    if len(module.text.splitlines()) > FILE_LINES:
        long.append(module.tree)
    unexplained = [getattr(one, "name", "the file") for one in long if not REASON.search(ast.get_docstring(one) or "")]
    assert not unexplained, 'a line of the docstring begins with "Long because"'


def test_types_are_seldom_anything() -> None:
    counts = {name: len(re.findall(r"\bAny\b", MODULES[name].text)) for name in CODEC if not MODULES[name].kernels}
    assert sum(counts.values()) <= ANYS, {name: count for name, count in counts.items() if count}


def test_a_public_name_means_one_thing_or_has_a_reason() -> None:
    rooms = defaultdict[str, set[str]](set)
    for name in CODEC:
        for public in MODULES[name].public_names:
            rooms[public].add(row_of(name))
    shared = {public: sorted(where) for public, where in rooms.items() if len(where) > 1}
    assert shared.keys() == SHARED_NAMES.keys(), {public: shared.get(public, "once") for public in shared.keys() ^ SHARED_NAMES.keys()}
