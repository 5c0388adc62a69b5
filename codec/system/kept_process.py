"""A child process that is kept: it answers one request after another, and another one takes its place when it dies.

The child is `python -m MODULE ARGUMENTS`; requests come on its standard input, answers go to its standard output, both in frames: 8 bytes
length, content. What it says on standard error is lost. It ends when its input does. serve() is the child's side.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import IO, TypeVar

Given = TypeVar("Given")

FRAME = 8  # bytes of a length
QUIET = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}  # it starts faster with less memory


class KeptProcess:
    """Asks a child process, which is started when it is needed; threads ask one after another. A context: the child ends with it.

    seconds: after which an answer is not waited for any longer."""

    def __init__(self, module: str, arguments: Iterable[str], seconds: float) -> None:
        self.command = [sys.executable, "-m", module, *arguments]
        self.seconds = seconds
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> KeptProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def ask(self, request: Iterable[bytes], take: Callable[[IO[bytes]], Given]) -> Given:
        """What `take` makes of the answer to these frames. Raises ChildProcessError, with the reason, if the child dies on them."""
        with self.lock:
            child = self._started()
            assert child.stdin is not None and child.stdout is not None, "both are pipes"
            timer = threading.Timer(self.seconds, child.kill)
            timer.start()
            try:
                for content in request:
                    write_frame(child.stdin, content)
                child.stdin.flush()
                return take(child.stdout)
            except (EOFError, BrokenPipeError) as error:
                reason = _reason(child) if timer.is_alive() else f"takes more than {self.seconds:.0f} seconds"
                self.close()
                raise ChildProcessError(reason) from error
            except BaseException:  # an answer that is not taken would be that of the next request
                self.close()
                raise
            finally:
                timer.cancel()

    def close(self) -> None:
        """End the child; the next request starts another."""
        child, self.process = self.process, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with suppress(BrokenPipeError):  # by what it has not read before it died
                if pipe is not None:
                    pipe.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            self.close()
            path = os.pathsep.join(place or os.getcwd() for place in sys.path)
            environment = {**os.environ, **QUIET, "PYTHONPATH": path}
            pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
            self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, stderr=nowhere, env=environment)
        return self.process


def serve(answer: Callable[[IO[bytes]], Iterable[bytes]]) -> None:
    """Answer requests until there are no more: `answer` reads the frames of one and gives those of its answer.

    Ctrl-C is for the parent; what is printed goes nowhere."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(0), "rb") as requests, os.fdopen(os.dup(1), "wb") as answers:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1):
            os.dup2(nowhere, number)
        while requests.peek(1):
            for content in answer(requests):
                write_frame(answers, content)
            answers.flush()


def write_frame(file: IO[bytes], content: bytes) -> None:
    file.write(len(content).to_bytes(FRAME, "little"))
    file.write(content)


def read_frame(file: IO[bytes]) -> bytes:
    """The next frame. Raises EOFError if it is cut off."""
    content = bytearray(_length(file))
    _fill(file, memoryview(content))
    return bytes(content)


def read_frame_into(file: IO[bytes], room: memoryview) -> int:
    """Read the next frame to the begin of some bytes, and say how many it has. Raises EOFError if it is cut off, or does not fit."""
    length = _length(file)
    if length > len(room):
        raise EOFError("a frame is too long")
    _fill(file, room[:length])
    return length


def _length(file: IO[bytes]) -> int:
    head = bytearray(FRAME)
    _fill(file, memoryview(head))
    return int.from_bytes(head, "little")


def _fill(file: IO[bytes], room: memoryview) -> None:
    assert isinstance(file, io.BufferedIOBase), "pipes are buffered"
    while len(room):
        count = file.readinto(room)
        if not count:
            raise EOFError("a frame is cut off")
        room = room[count:]


def _reason(child: subprocess.Popen[bytes]) -> str:
    """How a child died."""
    code = child.wait()
    return f"crashed ({signal.Signals(-code).name})" if code < 0 else f"ended with exit code {code}"
