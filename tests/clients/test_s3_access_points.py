"""Access points with real clients: by ARN, by alias, with policies of both sides; Terraform's resources of S3 Control."""

import io
import json
import subprocess

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from terraform import Terraform
from web import curl

# Clients put accounts and access points before the endpoint, and not every machine knows `*.localhost`. As a proxy, the cloud
# gets those requests as they are.
ACCOUNT = "000000000000"
POINT = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/press"


def client(cloud, service, **options):
    return cloud.client(service, proxies={"http": cloud.endpoint}, **options)


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def keys(cloud, name, *statements):
    iam = cloud.client("iam")
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"]}


def user(cloud, name, *statements):
    return client(cloud, "s3", **keys(cloud, name, *statements))


@pytest.fixture
def s3(cloud):
    s3 = client(cloud, "s3")
    s3.create_bucket(Bucket="films")
    s3.put_object(Bucket="films", Key="a.txt", Body=b"It begins.")
    return s3


@pytest.fixture
def control(cloud, s3):
    control = client(cloud, "s3control")
    made = control.create_access_point(AccountId=ACCOUNT, Name="press", Bucket="films")
    assert made["AccessPointArn"] == POINT
    return control


def test_objects_by_arn_and_by_alias(cloud, s3, control):
    alias = control.get_access_point(AccountId=ACCOUNT, Name="press")["Alias"]
    assert control.list_access_points(AccountId=ACCOUNT, Bucket="films")["AccessPointList"][0]["Alias"] == alias
    for way in (POINT, POINT.replace("accesspoint/", "accesspoint:"), alias):
        assert s3.get_object(Bucket=way, Key="a.txt")["Body"].read() == b"It begins."
        s3.put_object(Bucket=way, Key="sub dir/ü.txt", Body=b"new")
        listed = s3.list_objects_v2(Bucket=way, Prefix="sub")
        assert [item["Key"] for item in listed["Contents"]] == ["sub dir/ü.txt"]
        s3.put_object_tagging(Bucket=way, Key="a.txt", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        s3.copy_object(Bucket=way, Key="copy.txt", CopySource={"Bucket": way, "Key": "sub dir/ü.txt"})
        s3.copy_object(Bucket="films", Key="b.txt", CopySource={"Bucket": way, "Key": "copy.txt"})
        done = s3.delete_objects(Bucket=way, Delete={"Objects": [{"Key": "copy.txt"}, {"Key": "sub dir/ü.txt"}]})
        assert len(done["Deleted"]) == 2
        assert s3.head_bucket(Bucket=way)["AccessPointAlias"] is (way == alias)
        assert refused(s3.get_bucket_versioning, Bucket=way)["Code"] == "MethodNotAllowed"
        url = client(cloud, "s3", signature_version="s3v4").generate_presigned_url("get_object", Params={"Bucket": way, "Key": "b.txt"})
        assert curl(url, "--proxy", cloud.endpoint) == (200, "new"), url


def test_an_upload_in_parts(s3, control):
    body = bytes(range(256)) * 4_096 * 13
    config = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    s3.upload_fileobj(io.BytesIO(body), POINT, "large", Config=config)
    assert s3.head_object(Bucket="films", Key="large")["ETag"].endswith('-3"')
    got = io.BytesIO()
    s3.download_fileobj(POINT, "large", got)
    assert got.getvalue() == body
    upload = s3.create_multipart_upload(Bucket=POINT, Key="copied")
    # "Does not return the access point ARN or access point alias if used."
    assert upload["Bucket"] == "films"
    part = s3.upload_part_copy(
        Bucket=POINT,
        Key="copied",
        UploadId=upload["UploadId"],
        PartNumber=1,
        CopySource={"Bucket": POINT, "Key": "large"},
        CopySourceRange="bytes=0-99",
    )
    parts = [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]
    s3.complete_multipart_upload(
        Bucket=POINT, Key="copied", UploadId=upload["UploadId"], MultipartUpload={"Parts": parts}
    )
    assert s3.get_object(Bucket="films", Key="copied")["Body"].read() == body[:100]


def test_both_policies_decide(cloud, s3, control):
    of_point = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{POINT}/object/*"}
    # Her own policy names the access point; the bucket leaves it to its owner's access points.
    jane = user(cloud, "jane", of_point)
    error = refused(jane.get_object, Bucket=POINT, Key="a.txt")
    assert (error["Code"], "arn:aws:s3:::films/a.txt" in error["Message"]) == ("AccessDenied", True)
    delegation = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "*",
        "Resource": ["arn:aws:s3:::films", "arn:aws:s3:::films/*"],
        "Condition": {"StringEquals": {"s3:DataAccessPointAccount": ACCOUNT}},
    }
    s3.put_bucket_policy(Bucket="films", Policy=policy(delegation))
    assert jane.get_object(Bucket=POINT, Key="a.txt")["Body"].read() == b"It begins."
    assert refused(jane.get_object, Bucket="films", Key="a.txt")["Code"] == "AccessDenied"
    assert refused(jane.put_object, Bucket=POINT, Key="b.txt")["Code"] == "AccessDenied"
    # The access point's policy lets in whom it names, where they have none of their own.
    bob = user(cloud, "bob")
    error = refused(bob.get_object, Bucket=POINT, Key="a.txt")
    assert f"{POINT}/object/a.txt" in error["Message"]
    named = of_point | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}}
    control.put_access_point_policy(AccountId=ACCOUNT, Name="press", Policy=policy(named))
    assert bob.get_object(Bucket=POINT, Key="a.txt")["Body"].read() == b"It begins."
    status = control.get_access_point_policy_status(AccountId=ACCOUNT, Name="press")
    assert status["PolicyStatus"]["IsPublic"] is False
    # Who may do everything may not go by way of an access point that a policy of theirs forbids.
    ann = user(
        cloud,
        "ann",
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"ArnLike": {"s3:DataAccessPointArn": f"arn:aws:s3:*:{ACCOUNT}:accesspoint/press"}},
        },
    )
    assert ann.get_object(Bucket="films", Key="a.txt")["Body"].read() == b"It begins."
    assert refused(ann.get_object, Bucket=POINT, Key="a.txt")["Code"] == "AccessDenied"
    # Whoever is made anew under bob's name is not meant.
    iam = cloud.client("iam")
    for key in iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="bob")
    assert refused(user(cloud, "bob").get_object, Bucket=POINT, Key="a.txt")["Code"] == "AccessDenied"
    told = json.loads(control.get_access_point_policy(AccountId=ACCOUNT, Name="press")["Policy"])
    assert told["Statement"][0]["Principal"]["AWS"].startswith("AIDA")


def shell(cloud, *arguments):
    command = ["aws", "--endpoint-url", cloud.endpoint, "--output", "json", *arguments]
    environment = cloud.environment() | {"HTTP_PROXY": cloud.endpoint, "http_proxy": cloud.endpoint}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_who_may_make_them(cloud, s3):
    make = {
        "Effect": "Allow",
        "Action": "s3:CreateAccessPoint",
        "Resource": f"arn:aws:s3:*:{ACCOUNT}:accesspoint/own-*",
        "Condition": {"StringEquals": {"s3:AccessPointNetworkOrigin": "VPC"}},
    }
    own = client(cloud, "s3control", **keys(cloud, "ann", make))
    wanted = {"AccountId": ACCOUNT, "Bucket": "films"}
    vpc = {"VpcConfiguration": {"VpcId": "vpc-1a2b3c4d"}}
    error = refused(own.create_access_point, Name="own-a", **wanted)
    assert f"s3:CreateAccessPoint on resource: \"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/own-a\"" in error["Message"]
    assert refused(own.create_access_point, Name="other", **wanted, **vpc)["Code"] == "AccessDenied"
    own.create_access_point(Name="own-a", **wanted, **vpc)
    tagged = wanted | vpc | {"Tags": [{"Key": "team", "Value": "a"}]}
    assert "s3:TagResource" in refused(own.create_access_point, Name="own-b", **tagged)["Message"]
    assert refused(own.list_access_points, AccountId=ACCOUNT)["Code"] == "AccessDenied"


def test_the_command_line(cloud, s3, control, tmp_path):
    alias = control.get_access_point(AccountId=ACCOUNT, Name="press")["Alias"]
    for way in (POINT, alias):
        cloud_file, copy = tmp_path / "in.txt", tmp_path / "out.txt"
        cloud_file.write_text("by the command line")
        assert "upload" in shell(cloud, "s3", "cp", str(cloud_file), f"s3://{way}/cli/in.txt")
        assert "in.txt" in shell(cloud, "s3", "ls", f"s3://{way}/cli/")
        shell(cloud, "s3", "cp", f"s3://{way}/cli/in.txt", str(copy))
        assert copy.read_text() == "by the command line"
        shell(cloud, "s3", "cp", f"s3://{way}/cli/in.txt", f"s3://{way}/cli/again.txt")
        shell(cloud, "s3", "rm", "--recursive", f"s3://{way}/cli/")
    made = shell(cloud, "s3control", "create-access-point", "--account-id", ACCOUNT, "--name", "other", "--bucket", "films")
    made = json.loads(made)
    assert made["Alias"].startswith("other-") and made["Alias"].endswith("-s3alias")
    tagging = ["s3control", "tag-resource", "--account-id", ACCOUNT, "--resource-arn", made["AccessPointArn"]]
    shell(cloud, *tagging, "--tags", "Key=team,Value=a b")
    listed = shell(
        cloud, "s3control", "list-tags-for-resource", "--account-id", ACCOUNT, "--resource-arn", made["AccessPointArn"]
    )
    assert json.loads(listed)["Tags"] == [{"Key": "team", "Value": "a b"}]
    assert refused(s3.delete_bucket, Bucket="films")["Code"] == "BucketNotEmpty"


def test_the_tags_of_a_bucket_decide(cloud, s3, control):
    control.tag_resource(AccountId=ACCOUNT, ResourceArn="arn:aws:s3:::films", Tags=[{"Key": "team", "Value": "red"}])
    s3.put_bucket_abac(Bucket="films", AbacStatus={"Status": "Enabled"})
    own = {
        "Effect": "Allow",
        "Action": ["s3:ListBucket", "s3:UntagResource"],
        "Resource": "arn:aws:s3:::films",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}},
    }
    ann = user(cloud, "ann", own)
    ann.list_objects_v2(Bucket="films")
    control.untag_resource(AccountId=ACCOUNT, ResourceArn="arn:aws:s3:::films", TagKeys=["team"])
    assert refused(ann.list_objects_v2, Bucket="films")["Code"] == "AccessDenied"


CONFIGURATION = """
data "aws_caller_identity" "me" {}

resource "aws_s3_bucket" "films" {
  bucket        = "films"
  force_destroy = true
}

resource "aws_s3_access_point" "press" {
  bucket = aws_s3_bucket.films.id
  name   = "press"
  lifecycle {
    ignore_changes = [policy]
  }
}

resource "aws_s3_access_point" "inner" {
  bucket = aws_s3_bucket.films.id
  name   = "inner"
  vpc_configuration {
    vpc_id = "vpc-1a2b3c4d"
  }
  public_access_block_configuration {
    block_public_acls       = true
    block_public_policy     = false
    ignore_public_acls      = true
    restrict_public_buckets = false
  }
}

resource "aws_s3control_access_point_policy" "press" {
  access_point_arn = aws_s3_access_point.press.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_access_point.press.arn}/object/*"
    }]
  })
}

resource "aws_s3_account_public_access_block" "account" {
  block_public_acls   = true
  block_public_policy = true
}

resource "aws_s3_object" "a" {
  bucket  = aws_s3_access_point.press.arn
  key     = "a.txt"
  content = "It begins."
}
"""


def test_terraform(cloud, tmp_path):
    # The provider takes no ARNs where buckets are in paths.
    terraform = Terraform(cloud, tmp_path, ["s3", "s3control"], CONFIGURATION, paths=False)
    terraform.environment["HTTP_PROXY"] = cloud.endpoint
    terraform.apply()
    s3 = cloud.client("s3")
    assert s3.get_object(Bucket="films", Key="a.txt")["Body"].read() == b"It begins."
    terraform.write(CONFIGURATION.replace('"s3:GetObject"', '"s3:PutObject"'))
    terraform.apply()
    terraform.destroy()
    assert s3.list_buckets()["Buckets"] == []
    assert client(cloud, "s3control").list_access_points(AccountId=ACCOUNT)["AccessPointList"] == []
