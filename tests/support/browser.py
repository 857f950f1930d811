"""Chromium driven over its debugging pipe: pages opened, fields filled in, buttons pressed."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

#: Puts the two descriptors where the browser looks for them, and becomes the browser.
_START = """import fcntl, os, sys
theirs, answers = (fcntl.fcntl(int(n), fcntl.F_DUPFD, 10) for n in sys.argv[1:3])
os.dup2(theirs, 3), os.dup2(answers, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """One headless browser with one page. Every call waits for at most `patience` seconds."""

    def __init__(self, program: str, profile: Path, patience: float = 20.0) -> None:
        # The browser reads commands from its descriptor 3 and answers on 4, each ended by a NUL.
        theirs, self._out = os.pipe()
        self._in, answers = os.pipe()
        flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-sync"
        quiet = "--disable-background-networking --disable-component-update"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-c", _START, str(theirs), str(answers)),
                *(program, *flags.split(), *quiet.split()),
                *("--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"),
            ],
            pass_fds=(theirs, answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(answers)
        os.set_blocking(self._in, False)
        self._patience = patience
        self._buffer = b""
        self._number = 0
        self._session = ""
        try:
            target = self._page()
            attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        except BaseException:
            self.close()
            raise
        self._session = attached["sessionId"]

    def _page(self) -> str:
        end = time.monotonic() + self._patience
        while time.monotonic() < end:
            for target in self._call("Target.getTargets")["targetInfos"]:
                if target["type"] == "page":
                    return str(target["targetId"])
        raise AssertionError("the browser has no page")

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        command: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._out, json.dumps(command).encode() + b"\0")
        end = time.monotonic() + self._patience
        while time.monotonic() < end:
            while b"\0" in self._buffer:
                raw, _, self._buffer = self._buffer.partition(b"\0")
                answer = json.loads(raw)
                if answer.get("id") == self._number:
                    assert "error" not in answer, answer
                    result: dict[str, Any] = answer["result"]
                    return result
            try:
                self._buffer += os.read(self._in, 65536)
            except BlockingIOError:
                time.sleep(0.005)
        raise AssertionError(f"the browser did not answer {method}")

    def value(self, script: str) -> Any:
        """What a script comes to on the page."""
        done = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        return done["result"].get("value")

    def open(self, url: str) -> None:
        """Opens an address and waits for it."""
        self.value("document.documentElement.dataset.old = 1")
        self._call("Page.navigate", url=url)
        self._loaded()

    def press(self, selector: str, **fields: str) -> None:
        """Fills in fields by name, presses a button, and waits for the next page."""
        self.value("document.documentElement.dataset.old = 1")
        for name, text in fields.items():
            self.value(f"document.querySelector('[name={name}]').value = {json.dumps(text)}")
        self.value(f"document.querySelector({json.dumps(selector)}).click()")
        self._loaded()

    def follow(self, words: str) -> None:
        """Follows the first link in the page that bears these words, by its keyboard."""
        self.value("document.documentElement.dataset.old = 1")
        found = self.value(
            "(() => { const a = [...document.querySelectorAll('main a, main button')].find(a =>"
            f" a.textContent.trim().startsWith({json.dumps(words)})); if (a) a.focus();"
            " return !!a && document.activeElement == a; })()"
        )
        assert found, f"no link says {words}"
        for kind in ("rawKeyDown", "char", "keyUp"):
            key = {"key": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
            self._call("Input.dispatchKeyEvent", type=kind, **key)
        self._loaded()

    def show(self, *, dark: bool = False, width: int = 1100, paper: bool = False) -> None:
        """How pages are shown from now on."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        media = "print" if paper else "screen"
        self._call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )

    def framed(self, script: str) -> Any:
        """What a script comes to in the one frame of the page that has a process of its own."""
        whole, self._session = self._session, ""
        try:
            (frame,) = (
                target["targetId"]
                for target in self._call("Target.getTargets")["targetInfos"]
                if target["type"] == "iframe"
            )
            attached = self._call("Target.attachToTarget", targetId=frame, flatten=True)
            self._session = attached["sessionId"]
            return self.value(script)
        finally:
            self._session = whole

    def picture(self, file: Path) -> None:
        """The whole page as a PNG."""
        shot = self._call("Page.captureScreenshot", captureBeyondViewport=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def paper(self) -> bytes:
        """The page as it is printed, a PDF."""
        return base64.b64decode(self._call("Page.printToPDF")["data"])

    def _loaded(self) -> None:
        new = "document.readyState == 'complete' && !document.documentElement.dataset.old"
        end = time.monotonic() + self._patience
        while not self.value(new):
            assert time.monotonic() < end, "no new page"
            time.sleep(0.01)

    def close(self) -> None:
        """Ends the browser."""
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
