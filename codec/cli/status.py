"""Shows on one line of a terminal how a run goes: how much is done, how fast, and how long the rest will take."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from types import TracebackType

import click

from codec.cli.inputs import Input
from codec.cli.terminal import say
from codec.kinds.requests import COMPILING, Progress
from codec.system.records import record

PATIENCE = 1.0  # seconds in which nothing is shown
SPELL = 0.25  # seconds from one drawing to the next
WIDTH = 30  # of the bar, where there is room for it
EXPLANATION = "the first use on this machine compiles the photo model's kernels; this takes some seconds, once"
UNITS = ("bytes", "kB", "MB", "GB", "TB")


@record
class Part:
    """How the work on one input goes: what is done with it, how many pixels are done, of how many, and since when. size: its bytes."""

    size: int
    began: float
    label: str = "reading"
    done: int = 0
    pixels: int = 0

    @property
    def share(self) -> float:
        return min(self.done / self.pixels, 1.0) if self.pixels else 0.0

    def line(self, now: float, columns: int) -> str:
        """compressing [####        ] 40%  1.24 MPix/s  0:12 left"""
        seconds = max(now - self.began, 1e-9)
        if not self.pixels:
            return f"{self.label}  {clock(seconds, 0.0)}"[: max(columns, 0)]
        told = [f"{self.done / seconds / 1e6:.2f} MPix/s"] if self.done else []
        return drawn(self.label, self.share, [f"{self.share:.0%}", *told, clock(seconds, self.share)], columns)


@record
class Status:
    """How a run over inputs goes, drawn on standard error by a thread of its own if somebody watches, and wiped away at the end.

    Threads that work tell of their progress; only the thread that runs the command prints, with the line wiped away (wiped)."""

    inputs: Sequence[Input]
    watched: bool
    patience: float = PATIENCE
    parts: dict[Input, Part] = field(default_factory=dict)  # what is being worked on
    files: int = 0
    skipped: int = 0
    read: int = 0
    written: int | None = None
    past: int = 0  # bytes of the inputs that are done
    kinds: dict[str, list[int]] = field(default_factory=dict)  # of each kind of result: files, bytes of inputs, bytes that they became

    def __post_init__(self) -> None:
        self.sizes = {given: given.size or 0 for given in self.inputs} if self.watched else {}
        self.total, self.began, self.width = sum(self.sizes.values()), time.monotonic(), 0
        self.compiling_since: float | None = None
        self.lock, self.closed = threading.RLock(), threading.Event()
        self.thread = threading.Thread(target=self._draw_often, name="status", daemon=True)

    def __enter__(self) -> Status:
        if self.watched:
            self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def progress(self, given: Input) -> Progress | None:
        """What the work on an input tells of how it goes; None if nobody watches."""
        if not self.watched:
            return None
        with self.lock:
            self.parts[given] = Part(self.sizes[given], time.monotonic())

        def tell(label: str, done: int, length: int) -> None:
            with self.lock:
                now, part = time.monotonic(), self.parts[given]
                if label == COMPILING:
                    self.compiling_since = now if done < length else None
                    return
                if label != part.label or done < part.done:
                    part.label, part.began = label, now
                part.done, part.pixels = done, length

        return tell

    def finish(self, given: Input, read: int, written: int | None, skipped: bool, kind: str = "") -> None:
        """An input is done. read, written: bytes of it and of what it became; skipped: it took no time; kind: what it became."""
        with self.lock:
            self.parts.pop(given, None)
            size = self.sizes.get(given, 0)
            self.past, self.total = (self.past, self.total - size) if skipped else (self.past + size, self.total)
            self.files, self.skipped, self.read = self.files + 1, self.skipped + skipped, self.read + read
            self.written = self.written if written is None else (self.written or 0) + written
            if written is not None and kind:
                self.kinds[kind] = [old + new for old, new in zip(self.kinds.get(kind, [0, 0, 0]), (1, read, written), strict=True)]

    @contextmanager
    def wiped(self) -> Iterator[None]:
        """Inside, the line is wiped away, and not drawn."""
        with self.lock:
            self._draw("")
            yield

    def close(self) -> None:
        """Draw no more; of several inputs that became something, say what they became."""
        if self.closed.is_set():
            return
        with self.wiped():
            self.closed.set()
        if self.watched and self.files > 1 and self.files - self.skipped > 0 and self.written is not None:
            say(self.summary())
            for line in self.by_kind():
                say(line)

    def line(self, now: float, columns: int) -> str:
        """What is to be seen now."""
        if len(self.inputs) == 1:
            return "".join(part.line(now, columns) for part in self.parts.values())
        share = (self.past + sum(part.size * part.share for part in self.parts.values())) / max(self.total, 1)
        return drawn("", min(share, 1.0), [self.summary(), clock(max(now - self.began, 1e-9), min(share, 1.0))], columns)

    def summary(self) -> str:
        """12 of 340 files  45.2 MB -> 12.3 MB (27.2%), as far as something became of them."""
        count = f"{self.files:,} of {len(self.inputs):,} files" if self.files < len(self.inputs) else f"{self.files:,} files"
        became = "" if self.written is None else f" -> {amount(self.written)} ({self.written / max(self.read, 1):.1%})"
        return f"{count}{f', {self.skipped:,} skipped' if self.skipped else ''}  {amount(self.read)}{became}"

    def by_kind(self) -> list[str]:
        """jpeg: 12 files  45.2 MB -> 32.1 MB (71.0%), for each kind of result, if there are several."""
        if len(self.kinds) < 2:
            return []
        rows = sorted(self.kinds.items())
        shares = {kind: f"{amount(read)} -> {amount(became)} ({became / max(read, 1):.1%})" for kind, (_, read, became) in rows}
        return [f"{kind}: {count:,} files  {shares[kind]}" for kind, (count, _, _) in rows]

    def _draw_often(self) -> None:
        from shutil import get_terminal_size  # which few runs last long enough for

        while not self.closed.wait(SPELL):
            with self.lock:
                now = time.monotonic()
                if self.compiling_since is not None and now - self.compiling_since > self.patience:
                    self._draw("")
                    say(EXPLANATION)
                    self.compiling_since = None
                if now - self.began > self.patience and not self.closed.is_set():
                    self._draw(self.line(now, get_terminal_size().columns - 1))

    def _draw(self, line: str) -> None:
        if self.width or line:
            click.echo(f"\r{line:{self.width}}" + ("" if line else "\r"), nl=False, err=True)
        self.width = len(line)


def drawn(label: str, share: float, told: Sequence[str], columns: int) -> str:
    """A bar between a label and what is told, in so many columns: a line that wraps around could not be wiped away. What has no room is
    left out: first the bar, then the last of what is told."""
    words = list(told)
    while words and len(label) + len("  ".join(["", *words])) > columns:
        words.pop()
    rest = "  ".join(words)
    width = min(WIDTH, columns - len(f"{label} [] {rest}"))
    bar = f"[{'#' * int(share * width):<{width}}]" if width > 2 else ""
    return " ".join(part for part in (label, bar, rest) if part)[: max(columns, 0)]


def clock(seconds: float, share: float) -> str:
    """How long the rest will take if a share took so many seconds; of no share, how long it has been going on."""
    left = seconds * (1 - share) / share if share else seconds
    minutes, rest = divmod(round(left), 60)
    hours, minutes = divmod(minutes, 60)
    told = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{told} left" if share else told


def amount(count: float) -> str:
    """A number of bytes, as people say it."""
    for unit in UNITS[:-1]:
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == UNITS[0] else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} {UNITS[-1]}"
