"""Runs a browser without a window: Chromium, told what to do through two pipes in its DevTools protocol.

No package is needed. Any stands for what comes as JSON.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chromium-headless-shell")
SWITCHES = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe")
SECONDS = 60.0


def program() -> str | None:
    """The path of a Chromium, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One page. `complaints` are messages of its console that are warnings or worse, and exceptions that nobody caught."""

    def __init__(self, path: str, profile: Path) -> None:
        (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (theirs_in, theirs_out)]  # not what is to become 3 and 4
        actions: list[tuple[object, ...]] = [(os.POSIX_SPAWN_DUP2, end, number) for end, number in zip(ends, (3, 4), strict=True)]
        actions += [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
        words = [path, *SWITCHES, f"--user-data-dir={profile}", "about:blank"]
        self.process = os.posix_spawn(path, words, os.environ, file_actions=actions)
        for end in (*ends, theirs_in, theirs_out):
            os.close(end)
        self.out, self.into, self.waiting, self.number = ours_out, ours_in, b"", 0
        self.complaints: list[str] = []
        self.events: list[str] = []
        self.session = ""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> Any:
        """The answer to a command. Raises RuntimeError if it is an error."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters, **({"sessionId": self.session} if self.session else {})}
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def _next(self) -> Any:
        """The next message; events are noted."""
        end = time.monotonic() + SECONDS
        while b"\0" not in self.waiting:
            if not select.select([self.into], [], [], max(0.0, end - time.monotonic()))[0]:
                raise RuntimeError(f"the browser says nothing for {SECONDS:.0f} seconds")
            content = os.read(self.into, 1 << 16)
            if not content:
                raise RuntimeError("the browser has ended")
            self.waiting += content
        first, self.waiting = self.waiting.split(b"\0", 1)
        message = json.loads(first)
        said, told = message.get("method", ""), message.get("params", {})
        self.events.append(said)
        if said == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["exceptionDetails"]))
        elif (said == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert")) or said == "Log.entryAdded":
            self.complaints.append(json.dumps(told))
        return message

    def show(self, path: Path, width: int, height: int = 800, media: str = "screen", scheme: str = "light") -> None:
        """Load a page of a file as a screen of so many pixels, or paper, would show it."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events.clear()
        self.ask("Page.navigate", url=path.resolve().as_uri())
        while "Page.loadEventFired" not in self.events:
            self._next()

    def value(self, expression: str) -> Any:
        """What a JavaScript expression comes to."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def click(self, expression: str) -> None:
        """Press the mouse in the middle of the element that an expression gives."""
        middle = "(() => { const e = %s; e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); "
        x, y = self.value(middle % expression + "return [r.x + r.width / 2, r.y + r.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self) -> bytes:
        """A PNG of the whole page."""
        return base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def paper(self) -> bytes:
        """A PDF of the page."""
        return base64.b64decode(self.ask("Page.printToPDF", printBackground=True)["data"])

    def close(self) -> None:
        """End it."""
        self.session = ""
        os.write(self.out, json.dumps({"id": self.number + 1, "method": "Browser.close"}).encode() + b"\0")
        end = time.monotonic() + 5.0
        while os.waitpid(self.process, os.WNOHANG)[0] == 0:
            if time.monotonic() > end:
                os.kill(self.process, 9)
            time.sleep(0.02)
        os.close(self.out)
        os.close(self.into)
