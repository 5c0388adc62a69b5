"""A density is made ready: its kernels loaded, and its model probed once for every state of the kernels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from helpers.stand_in import DENSITIES, Deflated

from codec.errors import BadModel
from codec.kinds.ready import make_ready
from codec.system import kernel_cache


@dataclass
class Probed(Deflated):
    """A stand-in that counts how often it was probed, and gives this digest then."""

    digest: str = "deflated"
    probes: int = 0

    def probe(self) -> str:
        self.probes += 1
        return self.digest


@pytest.fixture(params=[True, False], ids=["kept", "not kept"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path | None:
    """The folder in which kernels are kept, or none."""
    folder = tmp_path if request.param else None
    monkeypatch.setattr(kernel_cache, "cache_folder", lambda: folder)
    return folder


@pytest.fixture
def fresh(folder: Path | None) -> Probed:
    """A density whose kernels are not loaded."""
    return Probed(DENSITIES[3].file, 3, True, prepared=[])


def test_kernels_are_loaded(fresh: Probed) -> None:
    make_ready(fresh)
    assert fresh.prepared == [True]


def test_kernels_that_are_there_are_not_loaded_again(fresh: Probed) -> None:
    make_ready(fresh)
    make_ready(fresh)
    assert fresh.prepared == [True]


def test_progress_is_told_once_that_kernels_are_compiled(fresh: Probed) -> None:
    seen = list[tuple[str, int, int]]()
    make_ready(fresh, lambda *done: seen.append(done))
    make_ready(fresh, lambda *done: seen.append(done))
    assert seen == [("compiling", 0, 1), ("compiling", 1, 1)]


def test_progress_ends_where_kernels_do_not_compile(fresh: Probed, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[tuple[str, int, int]]()
    monkeypatch.setattr(fresh, "prepare", lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        make_ready(fresh, lambda *done: seen.append(done))
    assert seen[-1] == ("compiling", 1, 1)


def test_a_model_is_probed_once(fresh: Probed) -> None:
    make_ready(fresh)
    make_ready(fresh)
    assert fresh.probes == 1


@pytest.mark.parametrize("folder", [True], indirect=True)
def test_a_model_that_was_probed_with_the_kernels_on_disk_is_not_probed_again(fresh: Probed) -> None:
    make_ready(fresh)
    other = Probed(fresh.file, 3, True, prepared=[])
    make_ready(other)
    assert other.prepared == [True] and other.probes == 0


@pytest.mark.parametrize("folder", [False], indirect=True)
def test_where_no_kernels_are_kept_every_process_probes(fresh: Probed) -> None:
    make_ready(fresh)
    other = Probed(fresh.file, 3, True, prepared=[])
    make_ready(other)
    assert other.probes == 1


def test_a_machine_that_computes_something_else_is_refused(fresh: Probed) -> None:
    wrong = replace(fresh, digest="something else")
    with pytest.raises(BadModel, match="does not compute what the model"):
        make_ready(wrong)


@pytest.mark.parametrize("folder", [True], indirect=True)
def test_a_machine_that_was_refused_is_refused_again(fresh: Probed) -> None:
    wrong = replace(fresh, digest="something else")
    for _ in range(2):
        with pytest.raises(BadModel):
            make_ready(wrong)


def test_a_model_without_a_probe_is_not_probed(fresh: Probed) -> None:
    silent = replace(fresh, file=replace(fresh.file, metadata={**fresh.file.metadata, "probe": ""}), digest="something else")
    make_ready(silent)
    assert silent.probes == 0
