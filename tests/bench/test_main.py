"""bench/__main__.py: the list of benches, and how they are run."""

import importlib
import subprocess
import sys

import pytest

from bench.__main__ import BENCHES, main
from bench.errors import Unusable


def test_the_list_names_the_benches(capsys):
    assert main([]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in BENCHES)


def test_a_name_that_is_no_bench_is_a_usage_error(capsys):
    assert main(["nothing"]) == 2
    assert "'nothing'" in capsys.readouterr().err


def test_the_module_runs_as_a_command():
    done = subprocess.run([sys.executable, "-m", "bench"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: python -m bench")


@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_is_a_module_that_explains_its_options(name, capsys):
    with pytest.raises(SystemExit) as caught:
        importlib.import_module(f"bench.{name}").main(["--help"])
    assert caught.value.code == 0 and f"python -m bench {name}" in capsys.readouterr().out


def test_an_error_is_a_line_with_its_exit_code(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == Unusable.exit_code
    assert capsys.readouterr().err == f"bench report: no results (.json) in {tmp_path}\n"
