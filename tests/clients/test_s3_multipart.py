"""Multipart uploads and copies as clients make them: boto3's transfers, `aws s3`, many at a time, through kill -9."""

import base64
import concurrent.futures
import hashlib
import io
import json
import os
import random
import subprocess
import threading

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

MIB = 1024 * 1024


def data(size, seed=0):
    return random.Random(seed).randbytes(size)


def s3(cloud, *arguments):
    """`aws s3`, which prints lines for people."""
    command = ["aws", "--endpoint-url", cloud.endpoint, "s3", *map(str, arguments)]
    done = subprocess.run(command, env=cloud.environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def body(client, bucket, key, **more):
    return client.get_object(Bucket=bucket, Key=key, **more)["Body"].read()


def files_below(directory):
    return [path for path in directory.rglob("*") if path.is_file()]


@pytest.fixture
def client(cloud):
    client = cloud.client("s3")
    client.create_bucket(Bucket="films")
    return client


def test_transfers_of_boto3(client, tmp_path):
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    film = data(23 * MIB + 17)
    client.upload_fileobj(io.BytesIO(film), "films", "film", Config=config, ExtraArgs={"Metadata": {"year": "1968"}})
    head = client.head_object(Bucket="films", Key="film", PartNumber=1)
    assert (head["PartsCount"], head["ContentLength"]) == (5, 5 * MIB)
    assert head["Metadata"] == {"year": "1968"}
    assert head["ETag"].endswith('-5"')
    client.download_file("films", "film", str(tmp_path / "film"), Config=config)
    assert (tmp_path / "film").read_bytes() == film
    # The client compares the checksum of what it reads, of every part too.
    pieces = [body(client, "films", "film", PartNumber=number, ChecksumMode="ENABLED") for number in range(1, 6)]
    assert b"".join(pieces) == film
    for first, last in [(0, 0), (5 * MIB - 3, 5 * MIB + 3), (4 * MIB, 21 * MIB), (23 * MIB, 23 * MIB + 16)]:
        assert body(client, "films", "film", Range=f"bytes={first}-{last}") == film[first : last + 1]
    # A copy in parts, and one in one piece.
    client.copy({"Bucket": "films", "Key": "film"}, "films", "in-parts", Config=config)
    assert client.head_object(Bucket="films", Key="in-parts")["ETag"].endswith('-5"')
    client.copy_object(Bucket="films", Key="whole", CopySource={"Bucket": "films", "Key": "film"})
    assert client.head_object(Bucket="films", Key="whole")["ETag"] == f'"{hashlib.md5(film).hexdigest()}"'
    for key in ("in-parts", "whole"):
        assert hashlib.md5(body(client, "films", key)).digest() == hashlib.md5(film).digest()


def test_one_large_body(client):
    film = data(40 * MIB + 1)
    put = client.put_object(Bucket="films", Key="film", Body=film, ContentMD5=base64.b64encode(hashlib.md5(film).digest()).decode())
    assert put["ETag"] == f'"{hashlib.md5(film).hexdigest()}"'
    with pytest.raises(ClientError) as refused:
        client.put_object(Bucket="films", Key="film", Body=film, ContentMD5=base64.b64encode(bytes(16)).decode())
    assert refused.value.response["Error"]["Code"] == "BadDigest"
    assert body(client, "films", "film") == film


@pytest.mark.parametrize("algorithm,kind", [("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("CRC32C", "FULL_OBJECT"),
                                            ("CRC64NVME", "FULL_OBJECT"), ("SHA1", "COMPOSITE"), ("SHA256", "COMPOSITE")])
def test_checksums(client, algorithm, kind):
    parts = [data(5 * MIB, 1), data(5 * MIB, 2), b"the end"]
    try:
        upload = client.create_multipart_upload(Bucket="films", Key="film", ChecksumAlgorithm=algorithm, ChecksumType=kind)
        listed = []
        for number, part in enumerate(parts, 1):
            named = dict(Bucket="films", Key="film", UploadId=upload["UploadId"], PartNumber=number)
            answer = client.upload_part(Body=part, ChecksumAlgorithm=algorithm, **named)
            checksum = f"Checksum{algorithm}"
            listed.append({"PartNumber": number, "ETag": answer["ETag"], checksum: answer[checksum]})
    except BotoCoreError as error:
        pytest.skip(f"this client does not know {algorithm}: {error}")
    done = client.complete_multipart_upload(
        Bucket="films", Key="film", UploadId=upload["UploadId"], MultipartUpload={"Parts": listed}, ChecksumType=kind)
    assert done["ChecksumType"] == kind
    assert ("-3" in done[checksum]) == (kind == "COMPOSITE")
    whole = client.get_object(Bucket="films", Key="film", ChecksumMode="ENABLED")
    assert whole["Body"].read() == b"".join(parts)
    assert whole[checksum] == done[checksum]
    attributes = client.get_object_attributes(Bucket="films", Key="film", ObjectAttributes=["ObjectParts", "Checksum"])
    assert [part["Size"] for part in attributes["ObjectParts"]["Parts"]] == [len(part) for part in parts]
    assert attributes["Checksum"][checksum] == done[checksum].split("-")[0]


def test_keys_that_the_customer_brings(client):
    key, other = "k" * 32, "o" * 32
    mine = dict(SSECustomerAlgorithm="AES256", SSECustomerKey=key)
    parts = [data(5 * MIB, 1), data(5 * MIB, 2), b"the end"]
    upload = client.create_multipart_upload(Bucket="films", Key="film", **mine)["UploadId"]
    listed = []
    for number, part in enumerate(parts, 1):
        answer = client.upload_part(Bucket="films", Key="film", UploadId=upload, PartNumber=number, Body=part, **mine)
        assert answer["ETag"].strip('"') != hashlib.md5(part).hexdigest()
        listed.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]})
    client.complete_multipart_upload(Bucket="films", Key="film", UploadId=upload, MultipartUpload={"Parts": listed})
    film = b"".join(parts)
    assert body(client, "films", "film", **mine) == film
    assert body(client, "films", "film", Range=f"bytes={5 * MIB - 1}-{10 * MIB + 1}", **mine) == film[5 * MIB - 1 : 10 * MIB + 2]
    with pytest.raises(ClientError):
        body(client, "films", "film")
    # A copy under another key, and one without any.
    source = dict(
        CopySource="films/film", CopySourceSSECustomerAlgorithm="AES256", CopySourceSSECustomerKey=key)
    client.copy_object(Bucket="films", Key="other", SSECustomerAlgorithm="AES256", SSECustomerKey=other, **source)
    client.copy_object(Bucket="films", Key="open", **source)
    assert body(client, "films", "other", SSECustomerAlgorithm="AES256", SSECustomerKey=other) == film
    assert body(client, "films", "open") == film
    with pytest.raises(ClientError) as refused:
        client.copy_object(Bucket="films", Key="no", CopySource="films/film")
    assert refused.value.response["Error"]["Code"] == "InvalidRequest"


def test_aws_s3(cloud, client, tmp_path):
    film = data(20 * MIB, 3)
    (tmp_path / "film").write_bytes(film)
    s3(cloud, "cp", tmp_path / "film", "s3://films/a/film")
    assert client.head_object(Bucket="films", Key="a/film")["ETag"].endswith('-3"')
    s3(cloud, "cp", "s3://films/a/film", "s3://films/b/film")
    s3(cloud, "mv", "s3://films/b/film", tmp_path / "moved")
    assert (tmp_path / "moved").read_bytes() == film
    assert [item["Key"] for item in client.list_objects_v2(Bucket="films")["Contents"]] == ["a/film"]
    directory = tmp_path / "directory"
    for name in ("one", "two/three", "two/vier und fünf", "a+b"):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(name.encode())
    (directory / "large").write_bytes(film)
    for path in files_below(directory):
        # S3 knows no fractions of a second, so what is written in the second of its upload seems newer.
        os.utime(path, (path.stat().st_mtime - 60,) * 2)
    assert s3(cloud, "sync", directory, "s3://films/all").count("upload:") == 5
    assert s3(cloud, "sync", directory, "s3://films/all") == ""
    s3(cloud, "sync", "s3://films/all", "s3://films/again")
    s3(cloud, "sync", "s3://films/again", tmp_path / "back")
    for path in files_below(directory):
        assert (tmp_path / "back" / path.relative_to(directory)).read_bytes() == path.read_bytes()
    assert "--recursive" not in s3(cloud, "rm", "--recursive", "s3://films/")
    assert "Contents" not in client.list_objects_v2(Bucket="films")


def test_parts_at_the_same_time(cloud, client):
    """Twelve parts, each several times over; what is completed is what was answered last, or the completion is refused."""
    upload = client.create_multipart_upload(Bucket="films", Key="film", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")["UploadId"]
    named = dict(Bucket="films", Key="film", UploadId=upload)
    parts = [data(5 * MIB, number) for number in range(3)]

    def send(number):
        return client.upload_part(PartNumber=number, Body=parts[number % 3], **named)["ETag"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        numbers = [number for number in range(1, 13) for _ in range(2)]
        etags = dict(zip(numbers, pool.map(send, numbers)))
    shown = client.list_parts(**named)["Parts"]
    assert {part["PartNumber"]: part["ETag"] for part in shown} == etags
    listed = [{"PartNumber": number, "ETag": etag} for number, etag in sorted(etags.items())]
    # One replaces the last part again and again while the upload is completed.
    over = threading.Event()

    def replace():
        while not over.is_set():
            try:
                client.upload_part(PartNumber=12, Body=b"replaced", **named)
                client.upload_part(PartNumber=12, Body=parts[0], **named)
            except ClientError as error:
                assert error.response["Error"]["Code"] in ("NoSuchUpload", "SlowDown", "Throttling"), error
                return

    replacing = threading.Thread(target=replace)
    replacing.start()
    try:
        while True:
            try:
                client.complete_multipart_upload(MultipartUpload={"Parts": listed}, **named)
                break
            except ClientError as error:
                assert error.response["Error"]["Code"] in ("InvalidPart", "SlowDown", "Throttling"), error
    finally:
        over.set()
        replacing.join()
    whole = b"".join(parts[number % 3] for number in range(1, 13))
    assert body(client, "films", "film") == whole


def test_completing_and_aborting_at_the_same_time(client):
    """One of them wins, and the other one says so."""
    for number in range(10):
        key = f"film-{number}"
        upload = client.create_multipart_upload(Bucket="films", Key=key, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")["UploadId"]
        named = dict(Bucket="films", Key=key, UploadId=upload)
        etag = client.upload_part(PartNumber=1, Body=b"small", **named)["ETag"]

        def attempt(call, **more):
            try:
                call(**named, **more)
                return True
            except ClientError as error:
                assert error.response["Error"]["Code"] == "NoSuchUpload", error
                return False

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
            completed = pool.submit(attempt, client.complete_multipart_upload, MultipartUpload=parts)
            aborted = pool.submit(attempt, client.abort_multipart_upload)
            assert completed.result() != aborted.result()
        if completed.result():
            assert body(client, "films", key) == b"small"
        else:
            with pytest.raises(ClientError):
                body(client, "films", key)


def test_objects_of_many_parts(client):
    """Reads ask for the parts that they need, also where their numbers have gaps."""
    upload = client.create_multipart_upload(Bucket="films", Key="film", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")["UploadId"]
    named = dict(Bucket="films", Key="film", UploadId=upload)
    client.put_object(Bucket="films", Key="piece", Body=data(5 * MIB))
    numbers = [*range(2, 400, 3), 10_000]

    def copy(number):
        return client.upload_part_copy(PartNumber=number, CopySource="films/piece", **named)["CopyPartResult"]["ETag"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        etags = list(pool.map(copy, numbers))
    listed = [{"PartNumber": number, "ETag": etag} for number, etag in zip(numbers, etags)]
    client.complete_multipart_upload(MultipartUpload={"Parts": listed}, **named)
    piece = data(5 * MIB)
    at = 77 * 5 * MIB
    assert body(client, "films", "film", Range=f"bytes={at - 10}-{at + 9}") == piece[-10:] + piece[:10]
    assert body(client, "films", "film", Range="bytes=-10") == piece[-10:]
    last = client.head_object(Bucket="films", Key="film", PartNumber=10_000)
    assert (last["ContentLength"], last["PartsCount"]) == (5 * MIB, len(numbers))
    with pytest.raises(ClientError):
        client.head_object(Bucket="films", Key="film", PartNumber=3)


def test_permissions_of_copies(cloud, client):
    """Who copies must be allowed to read the source, and its tags where there are some."""
    iam = cloud.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    client.put_object(Bucket="films", Key="film", Body=b"x", Tagging="genre=western")
    client.put_object(Bucket="films", Key="plain", Body=b"x")

    def allow(*actions):
        statement = {"Effect": "Allow", "Action": actions, "Resource": "arn:aws:s3:::films/*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=document)

    ann = cloud.client("s3", key["AccessKeyId"], key["SecretAccessKey"])

    def may(source="films/film", **more):
        try:
            ann.copy_object(Bucket="films", Key="copy", CopySource=source, **more)
            return True
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDenied", error
            return False

    allow("s3:PutObject")
    assert not may("films/plain")
    allow("s3:PutObject", "s3:GetObject")
    assert may("films/plain")
    assert not may()
    assert may(TaggingDirective="REPLACE")
    allow("s3:PutObject", "s3:GetObject", "s3:GetObjectTagging", "s3:PutObjectTagging")
    assert may()
    assert not may("films/film?versionId=null")
    with pytest.raises(ClientError) as refused:
        ann.get_object_attributes(Bucket="films", Key="film", ObjectAttributes=["ETag"])
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_uploads_survive_kill_9(durable, tmp_path):
    """What was acknowledged is whole after every restart, and nothing stays of what was replaced or given up."""
    client = durable.client("s3")
    client.create_bucket(Bucket="films")
    parts = [data(5 * MIB, 1), b"the end"]
    whole = b"".join(parts)
    acknowledged = set()
    for round_ in range(3):
        enough = threading.Event()

        def work(worker, round_=round_, enough=enough):
            mine = durable.client("s3")
            for number in range(1_000):
                key = f"{round_}/{worker}/{number}"
                try:
                    upload = mine.create_multipart_upload(
                        Bucket="films", Key=key, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")["UploadId"]
                    named = dict(Bucket="films", Key=key, UploadId=upload)
                    etags = [mine.upload_part(PartNumber=n, Body=part, **named)["ETag"] for n, part in enumerate(parts, 1)]
                    listed = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
                    mine.complete_multipart_upload(MultipartUpload={"Parts": listed}, **named)
                    acknowledged.add(key)
                    mine.copy_object(Bucket="films", Key=f"{key}/copy", CopySource={"Bucket": "films", "Key": key})
                    acknowledged.add(f"{key}/copy")
                except (BotoCoreError, ClientError):
                    return
                if number == 2:
                    enough.set()

        workers = [threading.Thread(target=work, args=[worker]) for worker in range(3)]
        for worker in workers:
            worker.start()
        assert enough.wait(60)
        durable.kill()
        for worker in workers:
            worker.join()
        durable.start()
        client = durable.client("s3")
    found = {item["Key"] for page in client.get_paginator("list_objects_v2").paginate(Bucket="films") for item in page["Contents"]}
    assert acknowledged <= found
    for key in found:
        assert body(client, "films", key) == whole, key
    for key in found:
        client.delete_object(Bucket="films", Key=key)
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket="films"):
        for upload in page.get("Uploads", []):
            client.abort_multipart_upload(Bucket="films", Key=upload["Key"], UploadId=upload["UploadId"])
    # Blobs of unfinished commits have an hour before they are swept; those that were named are gone.
    client.delete_bucket(Bucket="films")
