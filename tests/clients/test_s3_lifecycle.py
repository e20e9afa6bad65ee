"""Objects over time with boto3: lifecycle, restoring, Intelligent-Tiering, access logs, inventories."""

import gzip
import hashlib
import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def s3(cloud):
    return cloud.client("s3")


def code(error):
    return error.value.response["Error"]["Code"]


def keys(s3, bucket, **where):
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket, **where).get("Contents", [])]


def test_objects_expire_and_move(cloud, s3):
    s3.create_bucket(Bucket="bkt")
    with pytest.raises(ClientError) as error:
        s3.get_bucket_lifecycle_configuration(Bucket="bkt")
    assert code(error) == "NoSuchLifecycleConfiguration"
    rules = [
        {"ID": "logs", "Filter": {"Prefix": "logs/"}, "Status": "Enabled", "Expiration": {"Days": 7}},
        {
            "ID": "data",
            "Filter": {"Prefix": "data/"},
            "Status": "Enabled",
            "Transitions": [
                {"Days": 30, "StorageClass": "STANDARD_IA"},
                {"Days": 90, "StorageClass": "GLACIER"},
            ],
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket="bkt", LifecycleConfiguration={"Rules": rules})
    kept = s3.get_bucket_lifecycle_configuration(Bucket="bkt")
    assert kept["Rules"] == rules
    assert kept["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    put = s3.put_object(Bucket="bkt", Key="logs/a", Body=b"line")
    assert 'rule-id="logs"' in put["Expiration"]
    s3.put_object(Bucket="bkt", Key="data/large", Body=b"x" * 200_000)
    s3.put_object(Bucket="bkt", Key="data/small", Body=b"x")
    cloud.advance("9d")
    assert keys(s3, "bkt") == ["data/large", "data/small"]
    cloud.advance("31d")
    assert s3.head_object(Bucket="bkt", Key="data/large")["StorageClass"] == "STANDARD_IA"
    assert "StorageClass" not in s3.head_object(Bucket="bkt", Key="data/small")
    cloud.advance("60d")
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket="bkt", Key="data/large")
    assert code(error) == "InvalidObjectState"
    s3.restore_object(Bucket="bkt", Key="data/large", RestoreRequest={"Days": 2})
    with pytest.raises(ClientError) as error:
        s3.restore_object(Bucket="bkt", Key="data/large", RestoreRequest={"Days": 2})
    assert code(error) == "RestoreAlreadyInProgress"
    assert s3.head_object(Bucket="bkt", Key="data/large")["Restore"] == 'ongoing-request="true"'
    cloud.advance("5h")
    assert len(s3.get_object(Bucket="bkt", Key="data/large")["Body"].read()) == 200_000
    cloud.advance("4d")
    assert "Restore" not in s3.head_object(Bucket="bkt", Key="data/large")


def test_many_versions_go_in_batches(cloud, s3):
    s3.create_bucket(Bucket="bkt")
    s3.put_bucket_versioning(Bucket="bkt", VersioningConfiguration={"Status": "Enabled"})
    for number in range(400):
        s3.put_object(Bucket="bkt", Key=f"k{number % 100:03}", Body=b"x")
    rule = {
        "ID": "r",
        "Filter": {},
        "Status": "Enabled",
        "Expiration": {"Days": 1},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    }
    s3.put_bucket_lifecycle_configuration(Bucket="bkt", LifecycleConfiguration={"Rules": [rule]})
    cloud.advance("3d")
    assert keys(s3, "bkt") == []
    listed = s3.list_object_versions(Bucket="bkt")
    assert len(listed["DeleteMarkers"]) == 100
    cloud.advance("4d")
    listed = s3.list_object_versions(Bucket="bkt")
    assert "Versions" not in listed and "DeleteMarkers" not in listed


def test_the_timer_outlives_a_crash(durable):
    s3 = durable.client("s3")
    s3.create_bucket(Bucket="bkt")
    rule = {"Filter": {}, "Status": "Enabled", "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="bkt", LifecycleConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="bkt", Key="k", Body=b"x")
    durable.kill()
    durable.start()
    assert keys(durable.client("s3"), "bkt") == ["k"]
    durable.advance("3d")
    assert keys(durable.client("s3"), "bkt") == []


def test_unread_objects_are_archived(cloud, s3):
    s3.create_bucket(Bucket="bkt")
    s3.put_bucket_intelligent_tiering_configuration(
        Bucket="bkt",
        Id="cold",
        IntelligentTieringConfiguration={
            "Id": "cold",
            "Status": "Enabled",
            "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}],
        },
    )
    s3.put_object(Bucket="bkt", Key="k", Body=b"x" * 200_000, StorageClass="INTELLIGENT_TIERING")
    cloud.advance("60d")
    s3.get_object(Bucket="bkt", Key="k")["Body"].read()
    cloud.advance("60d")
    assert "ArchiveStatus" not in s3.head_object(Bucket="bkt", Key="k")
    cloud.advance("32d")
    assert s3.head_object(Bucket="bkt", Key="k")["ArchiveStatus"] == "ARCHIVE_ACCESS"
    found = s3.list_bucket_intelligent_tiering_configurations(Bucket="bkt")
    assert [found["Id"] for found in found["IntelligentTieringConfigurationList"]] == ["cold"]


def let_in(s3, bucket, service, source):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"},
            "StringEquals": {"aws:SourceAccount": "000000000000"},
        },
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def test_requests_are_logged(cloud, s3):
    for bucket in ("bkt", "logs"):
        s3.create_bucket(Bucket=bucket)
    let_in(s3, "logs", "logging.s3.amazonaws.com", "bkt")
    status = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "bkt/"}}
    s3.put_bucket_logging(Bucket="bkt", BucketLoggingStatus=status)
    assert s3.get_bucket_logging(Bucket="bkt")["LoggingEnabled"] == status["LoggingEnabled"]
    s3.put_object(Bucket="bkt", Key="a key", Body=b"12345")
    s3.get_object(Bucket="bkt", Key="a key")["Body"].read()
    with pytest.raises(ClientError):
        s3.get_object(Bucket="bkt", Key="nothing")
    cloud.advance("1h")
    [log] = keys(s3, "logs")
    assert log.startswith("bkt/20")
    lines = s3.get_object(Bucket="logs", Key=log)["Body"].read().decode().splitlines()
    put = next(line for line in lines if " REST.PUT.OBJECT " in line)
    got = next(line for line in lines if " REST.GET.OBJECT a%20key " in line)
    missing = next(line for line in lines if " REST.GET.OBJECT nothing " in line)
    assert '"PUT /bkt/a%20key HTTP/1.1" 200 - - 5 ' in put
    assert '"GET /bkt/a%20key HTTP/1.1" 200 - 5 5 ' in got
    assert '"GET /bkt/nothing HTTP/1.1" 404 NoSuchKey ' in missing
    assert " SigV4 - AuthHeader " in got and len(got.split(" bkt [")[0]) == 64


def test_inventories_are_delivered(cloud, s3):
    for bucket in ("bkt", "there"):
        s3.create_bucket(Bucket=bucket)
    let_in(s3, "there", "s3.amazonaws.com", "bkt")
    s3.put_bucket_versioning(Bucket="bkt", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="bkt", Key="dir/a key", Body=b"12345")
    s3.delete_object(Bucket="bkt", Key="gone")
    s3.put_bucket_inventory_configuration(
        Bucket="bkt",
        Id="all",
        InventoryConfiguration={
            "Id": "all",
            "IsEnabled": True,
            "IncludedObjectVersions": "All",
            "Schedule": {"Frequency": "Daily"},
            "OptionalFields": ["Size", "ETag", "StorageClass", "EncryptionStatus"],
            "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::there", "Format": "CSV", "Prefix": "p"}},
        },
    )
    cloud.advance("1d")
    found = keys(s3, "there")
    manifest_key = next(key for key in found if key.endswith("/manifest.json"))
    assert manifest_key.startswith("p/bkt/all/20") and manifest_key.endswith("T00-00Z/manifest.json")
    manifest = s3.get_object(Bucket="there", Key=manifest_key)["Body"].read()
    checksum = s3.get_object(Bucket="there", Key=manifest_key.replace(".json", ".checksum"))["Body"].read().decode()
    assert checksum == hashlib.md5(manifest).hexdigest()
    manifest = json.loads(manifest)
    schema = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, StorageClass, ETag, EncryptionStatus"
    assert manifest["fileSchema"].split(", ")[:5] == schema.split(", ")[:5]
    assert sorted(manifest["fileSchema"].split(", ")) == sorted(schema.split(", "))
    [data] = manifest["files"]
    packed = s3.get_object(Bucket="there", Key=data["key"])["Body"].read()
    assert data["size"] == len(packed) and data["MD5checksum"] == hashlib.md5(packed).hexdigest()
    rows = [dict(zip(manifest["fileSchema"].split(", "), line[1:-1].split('","')))
            for line in gzip.decompress(packed).decode().splitlines()]
    assert [(row["Key"], row["Size"], row["IsDeleteMarker"]) for row in rows] == [
        ("dir/a%20key", "5", "false"),
        ("gone", "", "true"),
    ]
    assert rows[0]["EncryptionStatus"] == "SSE-S3"


def test_metrics_and_analytics_are_kept(s3):
    s3.create_bucket(Bucket="bkt")
    s3.put_bucket_metrics_configuration(Bucket="bkt", Id="all", MetricsConfiguration={"Id": "all"})
    listed = s3.list_bucket_metrics_configurations(Bucket="bkt")
    assert listed["MetricsConfigurationList"] == [{"Id": "all"}] and not listed["IsTruncated"]
    analytics = {"Id": "a", "Filter": {"Prefix": "p"}, "StorageClassAnalysis": {}}
    s3.put_bucket_analytics_configuration(Bucket="bkt", Id="a", AnalyticsConfiguration=analytics)
    found = s3.get_bucket_analytics_configuration(Bucket="bkt", Id="a")["AnalyticsConfiguration"]
    assert found["Filter"] == {"Prefix": "p"}
