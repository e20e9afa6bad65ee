"""The codecs on the other side of a pipe: one JSON object per line each way."""

import base64
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


class Refused(Exception):
    """The peer could not do what it was asked."""


class Peer:
    def __init__(self):
        path = pathlib.Path(os.environ.get("NEPHELE_PEER", TARGET / "debug/peer"))
        if not path.exists():
            raise FileNotFoundError(f"{path} is not there: `cargo build -p peers --bin peer` makes it")
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, what, **asked):
        line = json.dumps({"do": what, **asked}, ensure_ascii=False) + "\n"
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise Refused(f"the peer ended on {line}")
        answer = json.loads(answer)
        if "problem" in answer:
            raise Refused(answer["problem"])
        return answer

    def samples(self):
        """(service, operation, protocols) of everything that is sampled."""
        return [tuple(sample) for sample in self.ask("samples")["samples"]]

    def response(self, what, **asked):
        """An answer as (status, headers, body)."""
        answer = self.ask(what, **asked)
        return answer["status"], dict(answer["headers"]), base64.b64decode(answer["body"])

    def close(self):
        self.process.stdin.close()
        self.process.wait()
