"""A headless Chromium, driven over its DevTools protocol through two pipes; and pages for it, of any origin."""

import contextlib
import fcntl
import http.server
import json
import os
import select
import shutil
import signal
import subprocess
import threading
import time

import pytest

BROWSER = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome", "chrome"])), None)

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Commands on descriptor 3, answers and events on descriptor 4.
    "--remote-debugging-pipe",
]

# Much more than anything here takes.
PATIENCE = 60


class Browser:
    """`names` are hosts of pages, which are looked for on this machine. The test is skipped where there is no browser."""

    def __init__(self, home, names=()):
        if BROWSER is None:
            pytest.skip("no browser is installed: chromium, chromium-browser, google-chrome or chrome")
        theirs, self.out = os.pipe()
        self.into, theirs_too = os.pipe()
        # Out of the way of 3 and 4.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (theirs, theirs_too)]
        rules = ", ".join(f"MAP {name} 127.0.0.1" for name in names)
        self.process = subprocess.Popen(
            [BROWSER, *FLAGS, f"--user-data-dir={home}", f"--host-resolver-rules={rules}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            start_new_session=True,
            preexec_fn=lambda: [os.dup2(end, number) for end, number in zip(ends, (3, 4))],
        )
        for end in (theirs, theirs_too, *ends):
            os.close(end)
        self.calls, self.rest, self.session, self.events = 0, b"", None, []
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self.session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self("Page.enable")

    def __call__(self, method, **parameters):
        """A command of the protocol, and its result."""
        self.calls += 1
        message = {"id": self.calls, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        answer = self.until(lambda message: message.get("id") == self.calls)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def until(self, wanted):
        """The next message that is wanted; events are kept."""
        end = time.monotonic() + PATIENCE
        while True:
            while b"\0" in self.rest:
                message, _, self.rest = self.rest.partition(b"\0")
                message = json.loads(message)
                if "method" in message:
                    self.events.append(message["method"])
                if wanted(message):
                    return message
            ready, _, _ = select.select([self.into], [], [], max(0, end - time.monotonic()))
            assert ready, "the browser says nothing"
            piece = os.read(self.into, 1 << 16)
            assert piece, "the browser has ended"
            self.rest += piece

    def loaded(self):
        """Waits for the page that was asked for; whatever it is, an error is a page as well."""
        if "Page.loadEventFired" not in self.events:
            self.until(lambda message: message.get("method") == "Page.loadEventFired")
        self.events.clear()

    def open(self, url):
        self.events.clear()
        gone = self("Page.navigate", url=url)
        assert "errorText" not in gone, f"{url}: {gone['errorText']}"
        self.loaded()

    def run(self, script):
        """The value of an expression in the page, when it is there."""
        done = self("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def choose(self, selector, path):
        """Chooses a file in a form."""
        root = self("DOM.getDocument")["root"]["nodeId"]
        node = self("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def click(self, selector):
        """Clicks on what leads to another page, and waits for that."""
        self.events.clear()
        self.run(f"document.querySelector({json.dumps(selector)}).click()")
        self.loaded()

    def text(self):
        return self.run("document.body.innerText").strip()

    def close(self):
        os.close(self.out)
        os.close(self.into)
        # All of its processes: they are a group of their own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Pages:
    """A server of pages by their paths. Every host leads to it, so that its pages are of as many origins."""

    def __init__(self):
        pages = self.pages = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page = pages.get(self.path.partition("?")[0])
                self.send_response(404 if page is None else 200)
                self.send_header("content-type", "text/html")
                self.end_headers()
                self.wfile.write((page or "").encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def origin(self, host):
        return f"http://{host}:{self.port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
