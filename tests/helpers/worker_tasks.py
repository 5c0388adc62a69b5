"""Tasks for other processes: one that computes, one that fails, and some that do not survive."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from codec.errors import BadInput


@dataclass(frozen=True)
class Square:
    number: int

    def run(self) -> int:
        return self.number**2


@dataclass(frozen=True)
class Process:
    """The number of the process that does it."""

    def run(self) -> int:
        return os.getpid()


@dataclass(frozen=True)
class Failing:
    def run(self) -> int:
        raise BadInput("no such number")


@dataclass(frozen=True)
class KillsOnce:
    """Kills its process unless it did so before, which a file says."""

    mark: Path

    def run(self) -> str:
        if not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "survived"


@dataclass(frozen=True)
class KillsAlways:
    def run(self) -> str:
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGKILL)
        return "impossible"
