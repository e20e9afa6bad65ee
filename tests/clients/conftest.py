"""A cloud for each test that asks for one, from the release binary, on a free port."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import boto3
import pytest
from botocore.config import Config

ROOT = pathlib.Path(os.environ.get("NEPHELE_ROOT", pathlib.Path(__file__).parents[2]))
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = pathlib.Path(os.environ.get("NEPHELE_BIN", TARGET / "release" / "nephele"))
REGION = "us-east-1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cloud:
    """A running cloud. `data` is its directory, or None for memory; `under` is a command that runs it."""

    def __init__(self, data=None, options=(), under=()):
        self.data = data
        self.options = list(options)
        self.under = list(under)
        self.port = free_port()
        self.process = None
        self.start()

    @property
    def endpoint(self):
        return f"http://localhost:{self.port}"

    def start(self):
        where = ["--memory"] if self.data is None else ["--data", str(self.data)]
        self.process = subprocess.Popen(
            [*self.under, BINARY, "up", "--listen", f"127.0.0.1:{self.port}", *where, *self.options],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(2_000):
            try:
                return self.control("GET", "health")
            except OSError:
                assert self.process.poll() is None, "the cloud ended at once"
                time.sleep(0.01)
        raise AssertionError("the cloud does not answer")

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_nephele/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def advance(self, duration):
        return self.control("POST", "clock", {"advance": duration})

    def client(self, service, key="test", secret="test", region=REGION, **config):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(retries={"max_attempts": 0}, **config),
        )

    def environment(self):
        """For programs: only this cloud, whatever the machine has configured."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment.update(
            AWS_ENDPOINT_URL=self.endpoint,
            NEPHELE_ENDPOINT=self.endpoint,
            AWS_DEFAULT_REGION=REGION,
            AWS_REGION=REGION,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            AWS_EC2_METADATA_DISABLED="true",
            PATH=os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]),
        )
        return environment

    def aws(self, *arguments):
        """The AWS CLI's JSON answer. Version 1 needs the endpoint named for SQS."""
        command = ["aws", "--endpoint-url", self.endpoint, "--output", "json", *arguments]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


@pytest.fixture
def cloud():
    cloud = Cloud()
    yield cloud
    assert cloud.stop() == 0


@pytest.fixture
def durable(tmp_path):
    cloud = Cloud(data=tmp_path / "data")
    yield cloud
    cloud.stop()
