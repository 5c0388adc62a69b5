"""The exactness matrix: whatever differs between machines is varied in fresh processes, and every file stays the same."""

import importlib.util
import json
import subprocess

import numpy as np
import pytest
from helpers.processes import SECONDS, environment, python

from codec.system.compiled_kernels import usable_targets
from codec.system.kernel_choice import way

CORES = {"Prescott": None, "Nehalem": "SSE42", "Haswell": "AVX2", "Zen": "AVX2", "SkylakeX": "AVX512_SKX"}
COUNT = 6
PLAIN = "kernels as plain Python"


def cpu_features() -> dict[str, bool]:
    from numpy._core._multiarray_umath import __cpu_features__

    return dict(__cpu_features__)


def dispatched() -> list[str]:
    from numpy._core._multiarray_umath import __cpu_dispatch__

    return [name for name in __cpu_dispatch__ if cpu_features().get(name)]


def settings() -> dict[str, tuple[dict[str, str], str, int]]:
    """Name of a setting -> (environment, engine, block rows). Only what this CPU can run."""
    cores = [core for core, feature in CORES.items() if feature is None or cpu_features().get(feature)]
    wide = [name for name in dispatched() if name.startswith("AVX512")]
    found: dict[str, tuple[dict[str, str], str, int]] = {"as it is": ({}, "numpy", 0)}
    found |= {f"openblas {core}": ({"OPENBLAS_CORETYPE": core}, "numpy", 0) for core in cores}
    found |= {
        f"openblas {core}, 1 thread, blocks of 3": ({"OPENBLAS_CORETYPE": core, "OPENBLAS_NUM_THREADS": "1"}, "numpy", 3)
        for core in cores[:3]
    }
    if wide:
        found["numpy without AVX512"] = ({"NPY_DISABLE_CPU_FEATURES": " ".join(wide)}, "numpy", 0)
    if dispatched():
        found["numpy without any extension"] = ({"NPY_DISABLE_CPU_FEATURES": " ".join(dispatched())}, "numpy", 0)
    found |= {f"{count} threads": ({"OPENBLAS_NUM_THREADS": count, "NUMBA_NUM_THREADS": count}, "numpy", 0) for count in ("1", "2")}
    found |= {f"blocks of {rows}": ({}, "numpy", rows) for rows in (1, 7)}
    found |= kernels()
    if importlib.util.find_spec("torch") is not None:
        found["torch"] = ({}, "torch", 0)
        found["torch, plain kernels"] = ({"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"}, "torch", 0)
        found["torch, AVX2, 1 thread"] = ({"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "OMP_NUM_THREADS": "1"}, "torch", 3)
    return found


def kernels() -> dict[str, tuple[dict[str, str], str, int]]:
    """The ways in which kernels run, and the processors that they are compiled for."""
    ways = {PLAIN: {"CODEC_KERNELS": "python"}}
    if way() == "compiled":
        ways |= {f"kernels for {target}": {"CODEC_KERNELS": f"compiled:{target}"} for target in usable_targets()}
    if importlib.util.find_spec("numba") is not None:
        ways["numba for this CPU"] = {}
        ways["numba for any CPU"] = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
        ways["numba without AVX"] = {"NUMBA_ENABLE_AVX": "0"}
        if cpu_features().get("AVX2"):
            ways["numba for a CPU with AVX2 alone"] = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma"}
    return {name: ({"CODEC_KERNELS": "jit"} | variables, "numpy", 0) for name, variables in ways.items()}


@pytest.fixture(scope="module")
def results() -> dict[str, dict]:
    """What every setting's process printed; two at a time."""
    waiting, running, printed = list(settings().items()), dict[str, subprocess.Popen](), dict[str, dict]()
    while waiting or running:
        while waiting and len(running) < 2:
            name, (variables, engine, rows) = waiting.pop(0)
            command = python("-m", "helpers.exactness_worker", engine, rows, COUNT)
            running[name] = subprocess.Popen(
                command, env=environment(**variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        name = next(iter(running))
        process = running.pop(name)
        out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, f"{name}: {err[-2000:]}"
        printed[name] = json.loads(out)
    return printed


def test_the_matrix_has_at_least_sixteen_settings() -> None:
    assert len(settings()) >= 16 or not cpu_features().get("AVX2")


def test_every_setting_makes_the_same_files_and_decodes_them(results: dict[str, dict]) -> None:
    expected = results["as it is"]["digests"]
    assert len(expected) >= 4
    assert {name: result["digests"] for name, result in results.items()} == dict.fromkeys(results, expected)


def test_every_setting_makes_the_same_pictures_and_decodes_them(results: dict[str, dict]) -> None:
    expected = results["as it is"]["photos"]
    assert len(expected) == len(set(expected.values())) == 62
    for name, result in results.items():
        assert len(result["photos"]) == (34 if name == PLAIN else 62), name
        assert result["photos"].items() <= expected.items(), name


def test_the_matrix_catches_a_layer_of_ordinary_floats(results: dict[str, dict]) -> None:
    assert len({result["control"] for result in results.values()}) > 1


def test_the_order_of_a_float_sum_matters_here() -> None:
    values = np.array([1.0, 2.0**53, -(2.0**53)])
    assert (values[0] + values[1]) + values[2] != values[0] + (values[1] + values[2])
