"""Waiting for what happens in the background."""

import time


def until(wanted, what):
    """Asks again until it is so, much longer than it takes; `what` says how it stands if it never is."""
    end = time.monotonic() + 60
    while not wanted():
        assert time.monotonic() < end, what()
        time.sleep(0.01)
