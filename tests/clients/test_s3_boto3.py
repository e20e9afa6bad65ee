"""boto3's own ways: managed transfers of large files, resources, waiters, streams that cannot be read twice."""

import asyncio
import concurrent.futures
import contextlib
import datetime
import hashlib
import io
import random
import ssl
import threading

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, WaiterError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MIB = 1024 * 1024


@pytest.fixture
def s3(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="films")
    return s3


def resource(cloud):
    return boto3.resource(
        "s3",
        endpoint_url=cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def test_transfers_of_64_mib(s3, tmp_path):
    film = tmp_path / "film"
    film.write_bytes(random.Random(1).randbytes(64 * MIB))
    told = []
    s3.upload_file(str(film), "films", "film", Callback=told.append, ExtraArgs={"Metadata": {"year": "1968"}})
    assert sum(told) == 64 * MIB
    head = s3.head_object(Bucket="films", Key="film", ChecksumMode="ENABLED")
    assert head["ETag"].endswith('-8"') and head["Metadata"] == {"year": "1968"}
    # Into a file, in pieces at the same time; and into a stream, in order.
    s3.download_file("films", "film", str(tmp_path / "back"))
    digest = hashlib.sha256(film.read_bytes()).digest()
    assert hashlib.sha256((tmp_path / "back").read_bytes()).digest() == digest
    stream = io.BytesIO()
    s3.download_fileobj("films", "film", stream, Config=TransferConfig(multipart_chunksize=5 * MIB, max_concurrency=8))
    assert hashlib.sha256(stream.getvalue()).digest() == digest
    # A copy in parts, made by the server; its parts are of another size.
    s3.copy({"Bucket": "films", "Key": "film"}, "films", "copy", Config=TransferConfig(multipart_chunksize=11 * MIB))
    assert s3.head_object(Bucket="films", Key="copy")["ETag"].endswith('-6"')
    copy = s3.get_object(Bucket="films", Key="copy")["Body"]
    whole = hashlib.sha256()
    for piece in copy.iter_chunks(MIB):
        whole.update(piece)
    assert whole.digest() == digest


class Pipe(io.RawIOBase):
    """Bytes that come once: no length, no way back."""

    def __init__(self, content):
        self.content = io.BytesIO(content)

    def readable(self):
        return True

    def seekable(self):
        return False

    def readinto(self, buffer):
        # Never as much as was asked for.
        piece = self.content.read(max(1, len(buffer) // 3))
        buffer[: len(piece)] = piece
        return len(piece)


def test_streams_that_come_once(cloud, s3, tmp_path):
    film = random.Random(2).randbytes(11 * MIB + 5)
    # A managed upload cuts it into parts.
    s3.upload_fileobj(Pipe(film), "films", "managed")
    assert s3.get_object(Bucket="films", Key="managed")["Body"].read() == film
    # A plain one says the length alone: its checksum comes behind the chunks. boto3 does that under TLS only.
    with Tunnel(cloud.port, tmp_path) as port:
        tls = boto3.client(
            "s3",
            endpoint_url=f"https://localhost:{port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            verify=str(tmp_path / "certificate"),
            config=Config(retries={"max_attempts": 0}),
        )
        sent = []
        tls.meta.events.register("before-send.s3.PutObject", lambda request, **_: sent.append(dict(request.headers)))
        for algorithm in ("CRC32", "SHA256"):
            put = tls.put_object(
                Bucket="films", Key="plain", Body=Pipe(film), ContentLength=len(film), ChecksumAlgorithm=algorithm
            )
            headers = {name.lower(): value for name, value in sent.pop().items()}
            assert headers["x-amz-content-sha256"] in ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            assert put["ETag"] == f'"{hashlib.md5(film).hexdigest()}"'
            got = s3.get_object(Bucket="films", Key="plain", ChecksumMode="ENABLED")
            assert got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"] and "ContentEncoding" not in got
            assert got["Body"].read() == film
        upload = s3.create_multipart_upload(Bucket="films", Key="parts")["UploadId"]
        named = dict(Bucket="films", Key="parts", UploadId=upload)
        tag = tls.upload_part(PartNumber=1, Body=Pipe(film), ContentLength=len(film), **named)["ETag"]
        assert tag == f'"{hashlib.md5(film).hexdigest()}"'
        # One that ends too early leaves nothing.
        with pytest.raises((ClientError, BotoCoreError)):
            tls.put_object(Bucket="films", Key="short", Body=Pipe(film[:-1]), ContentLength=len(film))
    assert "short" not in [item["Key"] for item in s3.list_objects_v2(Bucket="films")["Contents"]]


class Tunnel:
    """TLS in front of a port; its port, and a file `certificate` in a folder."""

    def __init__(self, port, folder):
        self.port = port
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        plain = serialization.NoEncryption()
        secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        (folder / "certificate").write_bytes(certificate)
        (folder / "both").write_bytes(certificate + secret)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "both")

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        serving = asyncio.start_server(self.connection, "127.0.0.1", 0, ssl=self.context)
        server = self.loop.run_until_complete(serving)
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        return server.sockets[0].getsockname()[1]

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def connection(self, reader, writer):
        cloud_reader, cloud_writer = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self.pump(reader, cloud_writer), self.pump(cloud_reader, writer))

    async def pump(self, reader, writer):
        with contextlib.suppress(OSError):
            while piece := await reader.read(1 << 16):
                writer.write(piece)
                await writer.drain()
            writer.close()


def test_resources(cloud):
    films = resource(cloud).create_bucket(Bucket="films")
    films.wait_until_exists()
    for number in range(0, 1_005, 5):
        films.put_object(Key=f"raw/{number:04}", Body=b"x")
    films.put_object(Key="cut/1", Body=b"12345")
    assert [item.key for item in films.objects.filter(Prefix="raw/100")] == ["raw/1000"]
    assert len(list(films.objects.filter(Prefix="raw/").page_size(50))) == 201
    assert [item.key for item in films.objects.limit(2)] == ["cut/1", "raw/0000"]
    assert sum(item.size for item in films.objects.all()) == 206
    one = films.Object("cut/1")
    assert one.get(Range="bytes=-2")["Body"].read() == b"45"
    one.copy_from(CopySource="films/cut/1", Metadata={"cut": "final"}, MetadataDirective="REPLACE")
    one.reload()
    assert one.metadata == {"cut": "final"}
    films.Versioning().enable()
    one.put(Body=b"678")
    assert [version.size for version in films.object_versions.filter(Prefix="cut/")] == [3, 5]
    deleted = films.object_versions.delete()
    assert sum(len(page["Deleted"]) for page in deleted) == 203
    films.delete()
    films.wait_until_not_exists()


def test_waiters(cloud, s3):
    """One waits for an object while another puts it."""
    quick = {"Delay": 0.05, "MaxAttempts": 200}
    waiting = threading.Event()
    other = cloud.client("s3")
    other.meta.events.register("after-call.s3.HeadObject", lambda **_: waiting.set())
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        done = pool.submit(other.get_waiter("object_exists").wait, Bucket="films", Key="film", WaiterConfig=quick)
        assert waiting.wait(30)
        s3.put_object(Bucket="films", Key="film", Body=b"x")
        done.result(timeout=60)
    s3.get_waiter("bucket_exists").wait(Bucket="films", WaiterConfig=quick)
    with pytest.raises(WaiterError):
        s3.get_waiter("object_not_exists").wait(Bucket="films", Key="film", WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    s3.delete_object(Bucket="films", Key="film")
    s3.get_waiter("object_not_exists").wait(Bucket="films", Key="film", WaiterConfig=quick)
    s3.delete_bucket(Bucket="films")
    s3.get_waiter("bucket_not_exists").wait(Bucket="films", WaiterConfig=quick)
