"""Runs the program as a user sees it: in a fresh process whose standard error, or standard output too, is a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
from dataclasses import dataclass
from pathlib import Path

from helpers.processes import environment, python


@dataclass(frozen=True)
class Seen:
    """How a program ended, what it wrote to a standard output that is no terminal, and what stood on the terminal in the end."""

    exit_code: int
    stdout: bytes
    text: str


def run_on_terminal(*arguments: object, folder: Path, output: bool = False) -> Seen:
    """Run `codec` with these arguments in a folder; output: whether standard output goes to the terminal, too. For POSIX systems."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        python("-m", "codec", *arguments), cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
        stdout=theirs if output else subprocess.PIPE, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    written = b""
    while chunk := _read(ours):
        written += chunk
    os.close(ours)
    stdout, _ = process.communicate()
    lines = written.decode().replace("\r\n", "\n").split("\n")
    return Seen(process.returncode, stdout or b"", "\n".join(line.split("\r")[-1] for line in lines))


def _read(terminal: int) -> bytes:
    """The next bytes, none once the program has ended: Linux calls that an error of input and output."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""
