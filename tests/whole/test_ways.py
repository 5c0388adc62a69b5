"""However kernels run, compiled ahead of time, by numba or as plain Python, they do the same; and each way is tested."""

from __future__ import annotations

import importlib.util
import subprocess

import pytest
from helpers.processes import ROOT, SECONDS, environment, printed, python

from codec.system.kernel_choice import way

jit = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not here")
COMPILING = ["lanes", "system/test_kernels.py", "coding/test_message.py", "density/photo/test_warm_up.py"]  # what differs with numba


def test_plain_python_gives_the_same_words() -> None:
    usual, plain = printed("-m", "helpers.coders_worker"), printed("-m", "helpers.coders_worker", CODEC_KERNELS="python")
    assert usual == plain and len(usual) == 65


@jit
def test_numba_gives_the_same_words() -> None:
    assert printed("-m", "helpers.coders_worker") == printed("-m", "helpers.coders_worker", CODEC_KERNELS="jit")


@pytest.mark.parametrize("other", [pytest.param("jit", marks=jit), "python"])
def test_kernels_of_tests_work_in_the_other_ways(other: str) -> None:
    if other == way():
        pytest.skip("this is that way")
    tests = ["lanes/test_vectors.py"] if other == "python" else COMPILING
    command = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *(ROOT / "tests" / name for name in tests))
    variables = environment(CODEC_KERNELS=other, PYTEST_ADDOPTS="")  # those of this run ask for what no:xdist takes away
    done = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
