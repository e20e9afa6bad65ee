"""S3 Select through boto3 and the AWS CLI."""

import bz2
import gzip
import json

import botocore.exceptions
import pytest

CSV = b"name,city,paid\nAda,London,10.50\nBo,\"New York, NY\",2\nCy,London,3.25\n"
USE = {"CSV": {"FileHeaderInfo": "USE"}}


@pytest.fixture
def s3(cloud):
    client = cloud.client("s3")
    client.create_bucket(Bucket="films")
    return client


def events(s3, key, sql, input, output, **more):
    answer = s3.select_object_content(
        Bucket="films",
        Key=key,
        Expression=sql,
        ExpressionType="SQL",
        InputSerialization=input,
        OutputSerialization=output,
        **more,
    )
    return list(answer["Payload"])


def records(found):
    return b"".join(event["Records"]["Payload"] for event in found if "Records" in event)


def select(s3, key, sql, input, output, **more):
    return records(events(s3, key, sql, input, output, **more)).decode()


def test_csv(s3):
    s3.put_object(Bucket="films", Key="a.csv", Body=CSV)
    sql = "SELECT s.name, CAST(s.paid AS DECIMAL) * 2 AS twice FROM S3Object s WHERE s.city LIKE 'Lon%'"
    found = events(s3, "a.csv", sql, USE, {"JSON": {"RecordDelimiter": "\n"}})
    lines = [json.loads(line) for line in records(found).splitlines()]
    assert lines == [{"name": "Ada", "twice": 21.0}, {"name": "Cy", "twice": 6.5}]
    assert list(found[-1]) == ["End"]
    assert found[-2]["Stats"]["Details"] == {
        "BytesScanned": len(CSV),
        "BytesProcessed": len(CSV),
        "BytesReturned": len(records(found)),
    }
    output = {"CSV": {"QuoteFields": "ALWAYS", "FieldDelimiter": "|", "RecordDelimiter": ";"}}
    assert select(s3, "a.csv", "SELECT * FROM S3Object LIMIT 1", USE, output) == '"Ada"|"London"|"10.50";'


def test_json_and_compression(s3):
    lines = "".join(json.dumps({"id": number, "tags": ["a", str(number)]}) + "\n" for number in range(50_000))
    for name, packed in [("NONE", lines.encode()), ("GZIP", gzip.compress(lines.encode())), ("BZIP2", bz2.compress(lines.encode()))]:
        s3.put_object(Bucket="films", Key="a.json", Body=packed)
        input = {"JSON": {"Type": "LINES"}, "CompressionType": name}
        found = events(s3, "a.json", "SELECT COUNT(*) AS c, SUM(s.id) AS total FROM S3Object s", input, {"JSON": {}})
        assert json.loads(records(found)) == {"c": 50_000, "total": 1_249_975_000}
        details = found[-2]["Stats"]["Details"]
        assert (details["BytesScanned"], details["BytesProcessed"]) == (len(packed), len(lines))
        sql = "SELECT t FROM S3Object[*].tags[1] t WHERE t = '49999'"
        assert select(s3, "a.json", sql, input, {"CSV": {}}) == "49999\n"


def test_large_results_and_progress(s3):
    text = b"".join(b"%d,%s\n" % (number, b"x" * 100) for number in range(120_000))
    s3.put_object(Bucket="films", Key="large.csv", Body=text)
    found = events(s3, "large.csv", "SELECT * FROM S3Object", {"CSV": {}}, {"CSV": {}}, RequestProgress={"Enabled": True})
    assert records(found) == text
    assert sum("Records" in event for event in found) > 50
    assert any("Progress" in event for event in found)


def test_errors_before_and_within_the_stream(s3):
    s3.put_object(Bucket="films", Key="a.csv", Body=CSV)
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        select(s3, "a.csv", "SELECT * FROM S3Object ORDER BY name", USE, {"CSV": {}})
    assert refused.value.response["Error"]["Code"] == "ParseUnexpectedToken"
    assert refused.value.response["Error"]["Message"] == "Unexpected token found KEYWORD:order at line 1, column 24."
    s3.put_object(Bucket="films", Key="late.csv", Body=b"1\n" * 200_000 + b"x\n")
    with pytest.raises(botocore.exceptions.EventStreamError) as late:
        select(s3, "late.csv", "SELECT CAST(_1 AS INT) FROM S3Object", {"CSV": {}}, {"CSV": {}})
    assert late.value.response["Error"]["Code"] == "CastFailed"


def test_scan_ranges_in_parallel(s3):
    s3.put_object(Bucket="films", Key="a.csv", Body=CSV)
    found = ""
    for start in range(0, len(CSV), 20):
        scan = {"Start": start, "End": min(start + 19, len(CSV) - 1)}
        found += select(s3, "a.csv", "SELECT name FROM S3Object", USE, {"CSV": {}}, ScanRange=scan)
    assert found == "Ada\nBo\nCy\n"


def test_the_permission_is_that_to_get_objects(s3, cloud):
    s3.put_object(Bucket="films", Key="a.csv", Body=CSV)
    iam = cloud.client("iam")
    iam.create_user(UserName="ada")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    ada = cloud.client("s3", key["AccessKeyId"], key["SecretAccessKey"])
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        select(ada, "a.csv", "SELECT * FROM S3Object", USE, {"CSV": {}})
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    policy = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    iam.put_user_policy(UserName="ada", PolicyName="read", PolicyDocument=document)
    assert select(ada, "a.csv", "SELECT name FROM S3Object LIMIT 1", USE, {"CSV": {}}) == "Ada\n"


def test_the_command_line(s3, cloud, tmp_path):
    s3.put_object(Bucket="films", Key="a.csv", Body=CSV)
    out = tmp_path / "out.json"
    cloud.aws(
        "s3api", "select-object-content", "--bucket", "films", "--key", "a.csv",
        "--expression", 'SELECT s.name FROM S3Object s WHERE s.city = \'London\'',
        "--expression-type", "SQL",
        "--input-serialization", '{"CSV": {"FileHeaderInfo": "USE"}, "CompressionType": "NONE"}',
        "--output-serialization", '{"JSON": {}}',
        str(out),
    )  # fmt: skip
    assert out.read_text() == '{"name":"Ada"}\n{"name":"Cy"}\n'
