"""What a student types: the AWS CLI and `nephele`, in a shell with keys or profiles of its own."""

import base64
import contextlib
import hashlib
import hmac
import io
import json
import logging
import os
import shlex
import subprocess
from datetime import datetime
from unittest import mock

import awscli.clidriver

from conftest import BINARY

# It tells everything, and pytest would show that of every failure.
logging.getLogger("awscli").propagate = False


class Refused(Exception):
    """What the CLI printed when it failed."""


class Shell:
    def __init__(self, cloud, home, keys=("test", "test", None), **environment):
        self.cloud = cloud
        self.home = home
        self.environment = cloud.environment() | {
            "HOME": str(home),
            "AWS_CONFIG_FILE": str(home / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
        }
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        for name, value in zip(names, keys or ()):
            self.environment[name] = value
        if keys is None:
            # Those of profiles.
            for name in names[:2]:
                del self.environment[name]
        self.environment |= environment
        self.environment = {name: value for name, value in self.environment.items() if value is not None}

    def to(self, credentials):
        """Another shell, with the credentials of an answer."""
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        return Shell(self.cloud, self.home, [credentials.get(name) for name in names])

    def account(self, account):
        """The root user of an account."""
        return Shell(self.cloud, self.home, (account, "test"))

    def aws(self, line, typed=None):
        """The CLI's answer."""
        arguments = ["--endpoint-url", self.cloud.endpoint, *shlex.split(line)]
        # Its cache of roles' credentials is one for the whole process.
        alone = typed is not None or "--profile" in arguments
        status, out, err = self.process(arguments, typed) if alone else self.here(arguments)
        if status != 0:
            raise Refused(err)
        try:
            return json.loads(out) if out.strip() else None
        except ValueError:
            return out.rstrip("\n")

    def process(self, arguments, typed):
        # Without a terminal, what is asked for is read from the standard input.
        done = subprocess.run(
            ["aws", *arguments],
            env=self.environment,
            cwd=self.home,
            input=f"{typed}\n",
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
        )
        return done.returncode, done.stdout, done.stderr

    def here(self, arguments):
        """In this process, which takes a fifth of the time."""
        # Where the CLI's own models are; it notes that when it is loaded.
        environment = self.environment | {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}
        out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, environment, clear=True))
            stack.enter_context(contextlib.chdir(self.home))
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            status = awscli.clidriver.create_clidriver().main(arguments)
        out.seek(0)
        return status, out.read(), err.getvalue()

    def refused(self, line, typed=None):
        """The message of a call that must fail."""
        try:
            answer = self.aws(line, typed)
        except Refused as refused:
            return str(refused)
        raise AssertionError(f"`aws {line}` was not refused: {answer}")

    def nephele(self, line):
        done = subprocess.run(
            [BINARY, *shlex.split(line)], env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def user(self, name, policy=None, options=""):
        """A new user with a key of its own, and its shell."""
        self.aws(f"iam create-user --user-name {name} {options}")
        if policy:
            self.aws(f"iam put-user-policy --user-name {name} --policy-name own --policy-document '{policy}'")
        return self.to(self.aws(f"iam create-access-key --user-name {name}")["AccessKey"])


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action, resource="*", **conditions):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **condition(conditions)}


def deny(action, resource="*", **conditions):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **condition(conditions)}


def trust(principal, action="sts:AssumeRole", **conditions):
    principal = {"AWS": principal} if isinstance(principal, str) else principal
    return policy({"Effect": "Allow", "Principal": principal, "Action": action, **condition(conditions)})


def condition(conditions):
    return {"Condition": conditions} if conditions else {}


def code(cloud, seed, steps=0):
    """What a virtual MFA device with this seed shows at the cloud's time, some steps later (RFC 6238)."""
    now = datetime.fromisoformat(cloud.control("GET", "clock")["now"]).timestamp()
    digest = hmac.digest(base64.b32decode(seed), (int(now) // 30 + steps).to_bytes(8, "big"), hashlib.sha1)
    at = digest[-1] & 0xF
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"
