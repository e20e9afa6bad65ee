"""Which operations are compared, and how often."""

import os
import random
import sys
import time

# botocore answers instants in local time.
os.environ["TZ"] = "UTC"
time.tzset()

import botocore
import pytest

from models import operation_model
from peer import Peer

PINNED = "1.43.11"
CASES = int(os.environ.get("NEPHELE_CASES", 30))
SEED = os.environ.get("NEPHELE_SEED", "nephele")


def pytest_configure(config):
    if botocore.__version__ != PINNED:
        pytest.exit(f"these tests need botocore {PINNED}, not {botocore.__version__}; see tests/requirements.txt", 4)
    try:
        config.peer = Peer()
    except FileNotFoundError as error:
        pytest.exit(str(error), 4)


def pytest_unconfigure(config):
    if hasattr(config, "peer"):
        config.peer.close()


@pytest.fixture(scope="session")
def peer(request):
    return request.config.peer


@pytest.fixture
def randoms(request):
    """One source of randomness per case; a failure names the case, so that it can be had again."""
    return [(n, random.Random(f"{SEED} {request.node.name} {n}")) for n in range(CASES)]


# Which of the sampled operations a test is about.
CHOICES = {
    "sampled": lambda operation: True,
    "answered": lambda operation: not operation.has_event_stream_output,
    "streamed": lambda operation: operation.has_event_stream_output,
    "demanding": lambda operation: operation.input_shape and operation.input_shape.required_members,
    "refused": lambda operation: operation.error_shapes,
}


def pytest_generate_tests(metafunc):
    for choice in CHOICES.keys() & set(metafunc.fixturenames):
        spoken = [(s, o, p) for s, o, protocols in metafunc.config.peer.samples() for p in protocols]
        spoken = [parts for parts in spoken if CHOICES[choice](operation_model(*parts))]
        metafunc.parametrize(choice, spoken, ids=["-".join(parts) for parts in spoken])
