"""Clients that vanish, kill -9, a full disk: nothing half-written is ever visible, nothing acknowledged is lost, and what
nobody names gives its room back."""

import contextlib
import os
import random
import socket
import struct
import subprocess
import threading
import time

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from conftest import Cloud
from waiting import until

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@pytest.fixture
def s3(durable):
    s3 = durable.client("s3", signature_version="s3v4")
    s3.create_bucket(Bucket="films")
    return s3


def blobs(cloud):
    """The files of the bytes of objects, those on their way in too, with their sizes."""
    found = {}
    for path in (cloud.data / "blobs").rglob("*"):
        # One may go away while it is looked at.
        with contextlib.suppress(FileNotFoundError):
            if path.is_file():
                found[path.name] = path.stat().st_size
    return found


# Clients that vanish


def presigned(s3, operation, **names):
    return s3.generate_presigned_url(operation, Params={"Bucket": "films", **names}), {}


def in_chunks(cloud, key):
    """A PUT whose checksum is to come behind the chunks."""
    headers = {"x-amz-decoded-content-length": str(GIB), "x-amz-trailer": "x-amz-checksum-crc32"}
    request = AWSRequest("PUT", f"{cloud.endpoint}/films/{key}", headers, b"")
    request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
    request.headers["content-encoding"] = "aws-chunked"
    S3SigV4Auth(Credentials("test", "test"), "s3", "us-east-1").add_auth(request)
    assert request.headers["X-Amz-Content-SHA256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    return request.url, dict(request.headers.items())


def vanish(cloud, url, headers, chunked, rudely):
    """Begins to send a gibibyte, and is gone when the cloud has stored some of it."""
    path = url.removeprefix(cloud.endpoint)
    lines = [f"PUT {path} HTTP/1.1", f"Host: localhost:{cloud.port}", f"Content-Length: {GIB + 1_000}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    block = bytes(range(256)) * (MIB // 256)
    if chunked:
        block = b"100000\r\n" + block + b"\r\n"
    before = blobs(cloud)
    with socket.create_connection(("127.0.0.1", cloud.port)) as client:
        client.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        for _ in range(24):
            client.sendall(block)
        arriving = lambda: [size for name, size in blobs(cloud).items() if name not in before and size >= 16 * MIB]
        until(arriving, lambda: f"nothing arrives: {blobs(cloud)}")
        if rudely:
            # A reset, as of a machine that is switched off and on.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("rudely", [False, True], ids=["closed", "reset"])
def test_clients_that_vanish_leave_nothing(durable, s3, rudely):
    s3.put_object(Bucket="films", Key="kept", Body=bytes(100 * KIB))
    s3.put_object(Bucket="films", Key="old", Body=b"old")
    upload = s3.create_multipart_upload(Bucket="films", Key="parts")["UploadId"]
    before = blobs(durable)
    vanish(durable, *presigned(s3, "put_object", Key="new"), False, rudely)
    vanish(durable, *presigned(s3, "put_object", Key="old"), False, rudely)
    vanish(durable, *in_chunks(durable, "chunks"), True, rudely)
    part = {"Key": "parts", "UploadId": upload, "PartNumber": 1}
    vanish(durable, *presigned(s3, "upload_part", **part), False, rudely)
    # The room is there again at once, and not after some sweep.
    until(lambda: blobs(durable) == before, lambda: f"left behind: {blobs(durable)}")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="films")["Contents"]] == ["kept", "old"]
    assert s3.get_object(Bucket="films", Key="old")["Body"].read() == b"old"
    assert "Parts" not in s3.list_parts(Bucket="films", Key="parts", UploadId=upload)


def test_the_sweep_takes_what_a_crash_left(durable, s3):
    """A blob of a commit that never came: half-written ones, and whole ones that nobody names."""
    s3.put_object(Bucket="films", Key="kept", Body=bytes(100 * KIB))
    kept = blobs(durable)
    url, headers = presigned(s3, "put_object", Key="new")
    # While the cloud is killed, the client holds on.
    crash = threading.Thread(target=durable.kill)
    with pytest.raises(OSError), contextlib.ExitStack() as stack:
        client = stack.enter_context(socket.create_connection(("127.0.0.1", durable.port)))
        path = url.removeprefix(durable.endpoint)
        client.sendall(f"PUT {path} HTTP/1.1\r\nHost: localhost:{durable.port}\r\nContent-Length: {GIB}\r\n\r\n".encode())
        client.sendall(bytes(2 * MIB))
        until(lambda: len(blobs(durable)) == 2, lambda: blobs(durable))
        crash.start()
        while True:
            client.sendall(bytes(MIB))
    crash.join()
    [whole] = [path for path in (durable.data / "blobs").rglob("*") if path.name in kept]
    nobodys = whole.with_name(whole.name[:4] + "0" * 28)
    nobodys.write_bytes(b"nobody names this")
    assert len(blobs(durable)) == 3
    # Young ones may belong to a commit that is still to come.
    durable.start()
    until_swept(durable)
    assert len(blobs(durable)) == 3
    durable.stop()
    age(durable)
    durable.start()
    until(lambda: blobs(durable) == kept, lambda: blobs(durable))
    assert len(durable.client("s3").get_object(Bucket="films", Key="kept")["Body"].read()) == 100 * KIB


def age(cloud):
    """Makes blobs older than the hour that they have."""
    for path in (cloud.data / "blobs").rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - 7_200,) * 2)


def until_swept(cloud):
    """The sweep of a start is over when what is in the last directory, and belongs to nobody, is gone."""
    mark = cloud.data / "blobs" / "ff" / "ff" / ("f" * 32)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_bytes(b"")
    os.utime(mark, (0, 0))
    cloud.stop()
    cloud.start()
    until(lambda: not mark.exists(), lambda: "there was no sweep")


# kill -9

SIZES = [10, 20 * KIB, 300 * KIB]


def content(key, number, size):
    return random.Random(f"{key} {number}").randbytes(size)


class Worker:
    """Puts, completes and deletes objects of its own, and remembers what was acknowledged."""

    def __init__(self, cloud, name):
        self.cloud, self.name = cloud, name
        self.random = random.Random(name)
        # By key: what is there, None for nothing; more than one where the last call was not answered.
        self.states = {}
        self.number = 0

    def run(self, enough):
        s3 = self.cloud.client("s3")
        with contextlib.suppress(BotoCoreError, ClientError):
            for step in range(100_000):
                self.step(s3)
                if step == 15:
                    enough.release()

    def step(self, s3):
        key = f"{self.name}/{self.random.randrange(8)}"
        before = self.states.get(key, [None])
        self.number += 1
        named = dict(Bucket="films", Key=key)
        kind = self.random.choice(["put", "put", "put", "delete", "complete"])
        if kind == "delete":
            self.states[key] = [*before, None]
            s3.delete_object(**named)
            self.states[key] = [None]
        elif kind == "put":
            body = content(key, self.number, self.random.choice(SIZES))
            self.states[key] = [*before, body]
            s3.put_object(Body=body, **named)
            self.states[key] = [body]
        else:
            parts = [content(key, self.number, 5 * MIB), content(key, -self.number, self.random.choice(SIZES))]
            upload = s3.create_multipart_upload(ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT", **named)["UploadId"]
            named["UploadId"] = upload
            done = [s3.upload_part(PartNumber=number, Body=part, **named)["ETag"] for number, part in enumerate(parts, 1)]
            listed = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(done, 1)]
            self.states[key] = [*before, b"".join(parts)]
            s3.complete_multipart_upload(MultipartUpload={"Parts": listed}, **named)
            self.states[key] = [b"".join(parts)]

    def check(self, s3, found):
        """After a crash: everything is as it was acknowledged, or as the call that was under way would have made it."""
        for key, states in self.states.items():
            there = s3.get_object(Bucket="films", Key=key)["Body"].read() if key in found else None
            assert there in states, f"{key}: {there and len(there)} of {[state and len(state) for state in states]}"
            self.states[key] = [there]


def test_nothing_acknowledged_is_lost_by_kill_9_and_no_orphan_stays(durable, s3):
    workers = [Worker(durable, f"w{number}") for number in range(4)]
    for _ in range(3):
        enough = threading.Semaphore(0)
        threads = [threading.Thread(target=worker.run, args=[enough]) for worker in workers]
        for thread in threads:
            thread.start()
        for _ in workers:
            assert enough.acquire(timeout=120)
        durable.kill()
        for thread in threads:
            thread.join()
        durable.start()
        s3 = durable.client("s3")
        found = objects(s3)
        for worker in workers:
            worker.check(s3, found)
    for upload in s3.list_multipart_uploads(Bucket="films").get("Uploads", []):
        s3.abort_multipart_upload(Bucket="films", Key=upload["Key"], UploadId=upload["UploadId"])
    # Parts of what was replaced stay for those who still read it, for a minute of the cloud's time.
    durable.advance("5m")
    # Objects and parts of more than 16 KiB are files.
    wanted = sum(size_of_parts > 16 * KIB for key in found for size_of_parts in parts(s3, key))
    durable.stop()
    age(durable)
    durable.start()
    until(lambda: len(blobs(durable)) == wanted, lambda: f"{len(blobs(durable))} files for {wanted} that are named")
    s3 = durable.client("s3")
    for worker in workers:
        worker.check(s3, found)
    # And what was named is let go with the last name: rows that were left would hold on to their files.
    for key in found:
        s3.delete_object(Bucket="films", Key=key)
    s3.delete_bucket(Bucket="films")
    durable.advance("5m")
    until(lambda: not blobs(durable), lambda: blobs(durable))


def objects(s3):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="films")
    return {item["Key"] for page in pages for item in page.get("Contents", [])}


def parts(s3, key):
    """The sizes of an object's parts; that of the whole where it has none."""
    head = s3.head_object(Bucket="films", Key=key, PartNumber=1)
    numbers = range(1, head.get("PartsCount", 1) + 1)
    return [s3.head_object(Bucket="films", Key=key, PartNumber=number)["ContentLength"] for number in numbers]


# A full disk

# Mounts a small file system of its own, which goes away with the process.
MOUNT = 'mount -t tmpfs -o size=48m none "$0" && exec "$@"'


@pytest.fixture
def small(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for unshare in (["unshare", "-m"], ["unshare", "-r", "-m"]):
        under = [*unshare, "sh", "-c", MOUNT, str(data)]
        with contextlib.suppress(OSError):
            if subprocess.run([*under, "true"], capture_output=True).returncode == 0:
                break
    else:
        pytest.skip("neither root nor a user namespace mounts a file system here")
    cloud = Cloud(data=data, under=under)
    yield cloud
    cloud.stop()


def test_a_full_disk(small):
    s3 = small.client("s3")
    s3.create_bucket(Bucket="films")
    there = {}

    def fill(size):
        """Puts objects of a size until the disk is full."""
        for number in range(1_000):
            key, body = f"{size}/{number}", content("full", number, size)
            try:
                s3.put_object(Bucket="films", Key=key, Body=body)
            except ClientError as error:
                refused = error.response
                assert refused["ResponseMetadata"]["HTTPStatusCode"] == 503
                assert refused["Error"]["Code"] == "ServiceUnavailable"
                assert "No space left on device" in refused["Error"]["Message"]
                return
            there[key] = body
        raise AssertionError("the disk is not full")

    fill(4 * MIB)
    fill(256 * KIB)
    # Nothing of what was refused is there, and everything else can be read.
    assert objects(s3) == set(there)
    for key, body in there.items():
        assert s3.get_object(Bucket="films", Key=key)["Body"].read() == body
    # Nothing is put over what is there, either.
    with pytest.raises(ClientError):
        s3.put_object(Bucket="films", Key=f"{4 * MIB}/0", Body=content("new", 0, MIB))
    assert s3.get_object(Bucket="films", Key=f"{4 * MIB}/0")["Body"].read() == there[f"{4 * MIB}/0"]
    upload = s3.create_multipart_upload(Bucket="films", Key="parts")["UploadId"]
    with pytest.raises(ClientError):
        s3.upload_part(Bucket="films", Key="parts", UploadId=upload, PartNumber=1, Body=bytes(5 * MIB))
    assert "Parts" not in s3.list_parts(Bucket="films", Key="parts", UploadId=upload)

    for number in range(2):
        s3.delete_object(Bucket="films", Key=f"{4 * MIB}/{number}")
    body = content("after", 0, 6 * MIB)

    def put():
        """Files are removed in the background."""
        with contextlib.suppress(ClientError):
            return s3.put_object(Bucket="films", Key="after", Body=body)

    until(put, lambda: "the room did not come back")
    assert s3.get_object(Bucket="films", Key="after")["Body"].read() == body
