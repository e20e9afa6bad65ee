"""`aws s3` and `aws s3api`, as people type them."""

import base64
import collections
import hashlib
import json
import random
import subprocess

import pytest
from shell import Shell
from test_s3_browser import everybody_reads
from web import curl

MIB = 1024 * 1024


@pytest.fixture
def shell(cloud, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    # Otherwise version 1 presigns as it did before 2014.
    (home / "config").write_text("[default]\ns3 =\n  signature_version = s3v4\n")
    return Shell(cloud, home)


def piped(shell, line, given=b""):
    """A command between two pipes."""
    command = ["aws", "--endpoint-url", shell.cloud.endpoint, *line.split()]
    done = subprocess.run(command, env=shell.environment, cwd=shell.home, input=given, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def did(printed):
    """What was done to how many files, without the progress."""
    lines = [line.rpartition("\r")[2] for line in printed.split("\n")]
    return collections.Counter(line.split(": ")[0] for line in lines if ": " in line)


def keys(shell, bucket):
    lines = (shell.aws(f"s3 ls --recursive s3://{bucket}") or "").splitlines()
    return [line.split(maxsplit=3)[3] for line in lines]


def test_a_bucket_from_mb_to_rb(shell):
    assert shell.aws("s3 mb s3://films") == "make_bucket: films"
    assert shell.aws("s3 ls").endswith(" films")
    film = random.Random(1).randbytes(20 * MIB)
    assert piped(shell, "s3 cp - s3://films/large --metadata year=1968 --storage-class STANDARD_IA", film) == b""
    assert piped(shell, "s3 cp s3://films/large -") == film
    head = shell.aws("s3api head-object --bucket films --key large")
    assert (head["ContentLength"], head["Metadata"], head["StorageClass"]) == (20 * MIB, {"year": "1968"}, "STANDARD_IA")
    # In parts of 8 MiB, as every large file.
    assert head["ETag"].endswith('-3"')
    piped(shell, "s3 cp - s3://films/small", b"It begins.")
    assert piped(shell, "s3 cp s3://films/small -") == b"It begins."
    assert shell.aws("s3 ls s3://films --human-readable --summarize").endswith("Total Objects: 2\n   Total Size: 20.0 MiB")
    assert "BucketNotEmpty" in shell.refused("s3 rb s3://films")
    assert "remove_bucket: films" in shell.aws("s3 rb --force s3://films")
    assert "NoSuchBucket" in shell.refused("s3 ls s3://films")


def test_folders_there_and_back(shell):
    folder = shell.home / "folder"
    files = {"one.txt": b"1", "two/three.txt": b"23", "two/vier und fünf.txt": b"45", "a+b=c.log": b"c", "empty": b""}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    shell.aws("s3 mb s3://films")
    done = shell.aws("s3 cp --recursive folder s3://films/all --exclude *.log --acl bucket-owner-full-control")
    assert did(done) == {"upload": 4}
    assert keys(shell, "films") == ["all/empty", "all/one.txt", "all/two/three.txt", "all/two/vier und fünf.txt"]
    assert shell.aws("s3 ls s3://films/all/").splitlines()[0].strip() == "PRE two/"

    # There: what is new, and away with what is gone.
    (folder / "one.txt").unlink()
    (folder / "new.txt").write_bytes(b"new")
    done = shell.aws("s3 sync --delete --size-only folder s3://films/all")
    assert did(done) == {"delete": 1, "upload": 2}
    assert sorted(keys(shell, "films")) == sorted(f"all/{name}" for name in tree(folder))
    # And back.
    back = shell.home / "back"
    back.mkdir()
    (back / "stray").write_bytes(b"x")
    done = shell.aws("s3 sync --delete s3://films/all back")
    assert did(done) == {"download": 5, "delete": 1}
    assert tree(back) == tree(folder)
    assert not shell.aws("s3 sync --delete s3://films/all back")
    # From bucket to bucket.
    shell.aws("s3 mb s3://copies")
    assert did(shell.aws("s3 sync s3://films s3://copies")) == {"copy": 5}
    assert keys(shell, "copies") == keys(shell, "films")

    assert did(shell.aws("s3 mv s3://copies/all/new.txt s3://copies/moved.txt")) == {"move": 1}
    assert did(shell.aws("s3 mv --recursive s3://copies/all/two gone")) == {"move": 2}
    assert tree(shell.home / "gone") == {"three.txt": b"23", "vier und fünf.txt": b"45"}
    assert keys(shell, "copies") == ["all/a+b=c.log", "all/empty", "moved.txt"]
    assert did(shell.aws("s3 rm --recursive s3://copies --exclude moved.txt")) == {"delete": 2}
    assert keys(shell, "copies") == ["moved.txt"]


def test_presigned_urls_for_curl(cloud, shell):
    shell.aws("s3 mb s3://films")
    piped(shell, "s3 cp - s3://films/in/first.txt", b"It begins.")
    url = shell.aws("s3 presign s3://films/in/first.txt --expires-in 600")
    assert curl(url) == (200, "It begins.")
    assert curl("-r", "3-", url) == (206, "begins.")
    assert curl("-X", "DELETE", url)[0] == 403
    assert curl(url.replace("first", "second"))[0] == 403
    # The command line presigns GETs alone.
    s3 = cloud.client("s3", signature_version="s3v4")
    url = s3.generate_presigned_url(
        "put_object", Params={"Bucket": "films", "Key": "in/second.txt", "ContentType": "text/x-film", "Metadata": {"a": "b"}}
    )
    reel = shell.home / "reel"
    reel.write_bytes(b"It goes on.")
    named = ["-H", "content-type: text/x-film", "-H", "x-amz-meta-a: b"]
    assert curl("-T", str(reel), url)[0] == 403, "the headers are part of what was signed"
    assert curl("-T", str(reel), *named, url)[0] == 200
    assert curl("-T", "-", *named, url)[0] in (411, 501), "nobody knows how long it is"
    head = shell.aws("s3api head-object --bucket films --key in/second.txt")
    assert (head["ContentType"], head["Metadata"], head["ContentLength"]) == ("text/x-film", {"a": "b"}, 11)


def test_a_website(cloud, shell):
    shell.aws("s3 mb s3://films")
    pages = shell.home / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("<h1>Films</h1>")
    (pages / "oops.html").write_text("<h1>Oops</h1>")
    shell.aws("s3 sync pages s3://films")
    shell.aws("s3 website s3://films --index-document index.html --error-document oops.html")
    everybody_reads(cloud.client("s3"), "films")
    site = f"http://films.s3-website.localhost:{cloud.port}"
    assert curl(f"{site}/") == (200, "<h1>Films</h1>")
    assert curl(f"{site}/none") == (404, "<h1>Oops</h1>")
    assert shell.aws("s3api get-bucket-website --bucket films")["ErrorDocument"] == {"Key": "oops.html"}


def test_calls_of_the_api(shell):
    shell.aws("s3api create-bucket --bucket films --region eu-west-1 --create-bucket-configuration LocationConstraint=eu-west-1")
    assert shell.aws("s3api get-bucket-location --bucket films") == {"LocationConstraint": "eu-west-1"}
    assert shell.aws("s3api head-bucket --bucket films")["BucketRegion"] == "eu-west-1"
    assert "404" in shell.refused("s3api head-bucket --bucket nowhere")
    shell.environment |= {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-1"}
    shell.aws("s3api put-bucket-versioning --bucket films --versioning-configuration Status=Enabled")
    (shell.home / "body").write_bytes(b"It begins.")
    put = "s3api put-object --bucket films --key first.txt --body body --tagging genre=noir"
    first = shell.aws(f"{put} --checksum-algorithm SHA256")
    assert first["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(b"It begins.").digest()).decode()
    assert "PreconditionFailed" in shell.refused(f"{put} --if-none-match *")
    shell.aws(f"{put} --if-match {first['ETag']}".replace('"', '\\"'))
    tags = shell.aws("s3api get-object-tagging --bucket films --key first.txt")["TagSet"]
    assert tags == [{"Key": "genre", "Value": "noir"}]
    got = shell.aws("s3api get-object --bucket films --key first.txt --range bytes=3-8 out")
    assert (got["ContentRange"], (shell.home / "out").read_bytes()) == ("bytes 3-8/10", b"begins")
    what = "--object-attributes ETag ObjectSize StorageClass Checksum"
    attributes = shell.aws(f"s3api get-object-attributes --bucket films --key first.txt --version-id {first['VersionId']} {what}")
    assert attributes["ObjectSize"] == 10 and attributes["Checksum"]["ChecksumSHA256"] == first["ChecksumSHA256"]
    shell.aws("s3api delete-object --bucket films --key first.txt")
    assert "404" in shell.refused("s3api head-object --bucket films --key first.txt")
    versions = shell.aws("s3api list-object-versions --bucket films")
    assert (len(versions["Versions"]), len(versions["DeleteMarkers"])) == (2, 1)
    gone = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in versions["Versions"] + versions["DeleteMarkers"]]
    deleted = shell.aws(f"s3api delete-objects --bucket films --delete '{json.dumps({'Objects': gone})}'")
    assert len(deleted["Deleted"]) == 3
    shell.aws("s3api wait object-not-exists --bucket films --key first.txt")
    shell.aws("s3api delete-bucket --bucket films")
    shell.aws("s3api wait bucket-not-exists --bucket films")
    assert shell.aws("s3api list-buckets --query Buckets") == []
