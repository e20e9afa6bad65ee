"""What the tests of web requests share: curl, and seconds as signatures have them."""

import shutil
import subprocess
import time

import pytest


def curl(*arguments):
    """curl's last status and body. It finds every name under localhost by itself."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = ["curl", "-sS", "-w", "\n%{http_code}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def until_the_next_second():
    """Signatures tell the second; one of the second in which the clock is moved counts as made after that."""
    before = int(time.time())
    while int(time.time()) == before:
        time.sleep(0.01)
