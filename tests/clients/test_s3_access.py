"""Who may do what in S3: policies, lists, presigned URLs, object lock, with real clients."""

import datetime
import json

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from web import curl, until_the_next_second

OTHER = "111122223333"


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def user(cloud, name, *statements, key="test"):
    """A user of an account, with its own policy, as an S3 client."""
    iam = cloud.client("iam", key=key)
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return cloud.client("s3", key=made["AccessKeyId"], secret=made["SecretAccessKey"])


@pytest.fixture
def s3(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="films")
    s3.put_object(Bucket="films", Key="a.txt", Body=b"It begins.")
    return s3


READ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/*"}


def test_a_public_bucket_is_read_without_credentials(cloud, s3):
    url = f"{cloud.endpoint}/films/a.txt"
    assert curl(url)[0] == 403
    error = refused(s3.put_bucket_policy, Bucket="films", Policy=policy(READ))
    assert error["Code"] == "AccessDenied"
    assert "BlockPublicPolicy" in error["Message"]
    s3.delete_public_access_block(Bucket="films")
    s3.put_bucket_policy(Bucket="films", Policy=policy(READ))
    assert curl(url) == (200, "It begins.")
    assert s3.get_bucket_policy_status(Bucket="films")["PolicyStatus"]["IsPublic"] is True
    assert curl(f"{cloud.endpoint}/films/missing.txt")[0] == 403
    assert curl(url, "-X", "DELETE")[0] == 403
    unsigned = cloud.client("s3", signature_version=UNSIGNED)
    assert unsigned.get_object(Bucket="films", Key="a.txt")["Body"].read() == b"It begins."
    assert refused(unsigned.list_objects_v2, Bucket="films")["Code"] == "AccessDenied"


def test_users_have_what_their_policies_give(cloud, s3):
    nobody = user(cloud, "nobody")
    error = refused(nobody.get_object, Bucket="films", Key="a.txt")
    assert error["Message"] == (
        "User: arn:aws:iam::000000000000:user/nobody is not authorized to perform: s3:GetObject on resource: "
        '"arn:aws:s3:::films/a.txt" because no identity-based policy allows the s3:GetObject action'
    )
    reader = user(
        cloud,
        "reader",
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/*"},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::films",
            "Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}},
        },
    )
    assert reader.get_object(Bucket="films", Key="a.txt")["Body"].read() == b"It begins."
    # Who may not list is not told what there is not.
    assert refused(reader.get_object, Bucket="films", Key="missing")["Code"] == "AccessDenied"
    assert refused(reader.head_object, Bucket="films", Key="missing")["Code"] == "403"
    reader.list_objects_v2(Bucket="films", Prefix="reader/")
    assert refused(reader.list_objects_v2, Bucket="films", Prefix="writer/")["Code"] == "AccessDenied"
    assert refused(reader.put_object, Bucket="films", Key="b", Body=b"")["Code"] == "AccessDenied"
    assert refused(reader.list_buckets)["Code"] == "AccessDenied"
    answer = s3.delete_objects(Bucket="films", Delete={"Objects": [{"Key": "x"}]})
    assert answer["Deleted"] == [{"Key": "x"}]
    answer = reader.delete_objects(Bucket="films", Delete={"Objects": [{"Key": "a.txt"}]})
    assert answer["Errors"][0]["Code"] == "AccessDenied"


def test_tags_lists_and_locks_of_a_put_need_their_own_permissions(cloud, s3):
    s3.put_bucket_ownership_controls(
        Bucket="films", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    writer = user(cloud, "writer", {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"})
    writer.put_object(Bucket="films", Key="b", Body=b"")
    error = refused(writer.put_object, Bucket="films", Key="b", Body=b"", Tagging="a=b")
    assert "s3:PutObjectTagging" in error["Message"]
    error = refused(writer.put_object, Bucket="films", Key="b", Body=b"", ACL="bucket-owner-full-control")
    assert "s3:PutObjectAcl" in error["Message"]


def test_a_bucket_may_want_tls(cloud, s3):
    s3.put_bucket_policy(
        Bucket="films",
        Policy=policy(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::films", "arn:aws:s3:::films/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ),
    )
    assert "explicit deny" in refused(s3.get_object, Bucket="films", Key="a.txt")["Message"]
    # The root user can always mend it.
    s3.delete_bucket_policy(Bucket="films")
    s3.get_object(Bucket="films", Key="a.txt")


def test_a_bucket_may_want_encryption(cloud, s3):
    s3.put_bucket_policy(
        Bucket="films",
        Policy=policy(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::films/*",
                "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
            }
        ),
    )
    assert refused(s3.put_object, Bucket="films", Key="b", Body=b"")["Code"] == "AccessDenied"
    error = refused(s3.put_object, Bucket="films", Key="b", Body=b"", ServerSideEncryption="AES256")
    assert error["Code"] == "AccessDenied"
    s3.put_object(Bucket="films", Key="b", Body=b"", ServerSideEncryption="aws:kms")


def test_another_account_needs_both_sides(cloud, s3):
    alice = user(cloud, "alice", key=OTHER)
    root = cloud.client("s3", key=OTHER)
    assert refused(root.get_object, Bucket="films", Key="a.txt")["Message"] == "Access Denied"
    s3.put_bucket_policy(
        Bucket="films",
        Policy=policy({**READ, "Principal": {"AWS": f"arn:aws:iam::{OTHER}:user/alice"}}),
    )
    assert refused(alice.get_object, Bucket="films", Key="a.txt")["Message"] == "Access Denied"
    cloud.client("iam", key=OTHER).put_user_policy(
        UserName="alice",
        PolicyName="own",
        PolicyDocument=policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}),
    )
    assert alice.get_object(Bucket="films", Key="a.txt")["Body"].read() == b"It begins."
    assert refused(root.get_object, Bucket="films", Key="a.txt")["Code"] == "AccessDenied"
    assert refused(alice.get_bucket_policy, Bucket="films")["Code"] == "AccessDenied"


def test_a_policy_means_who_had_the_name_then(cloud, s3):
    bob = user(cloud, "bob")
    arn = "arn:aws:iam::000000000000:user/bob"
    s3.put_bucket_policy(Bucket="films", Policy=policy({**READ, "Principal": {"AWS": arn}}))
    assert arn in s3.get_bucket_policy(Bucket="films")["Policy"]
    bob.get_object(Bucket="films", Key="a.txt")
    iam = cloud.client("iam")
    key = iam.list_access_keys(UserName="bob")["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.delete_access_key(UserName="bob", AccessKeyId=key)
    iam.delete_user(UserName="bob")
    again = user(cloud, "bob")
    assert refused(again.get_object, Bucket="films", Key="a.txt")["Code"] == "AccessDenied"
    assert "AIDA" in s3.get_bucket_policy(Bucket="films")["Policy"]


def test_a_role_reads_what_its_tags_say(cloud, s3):
    iam, sts = cloud.client("iam"), cloud.client("sts")
    trust = policy({"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(
        RoleName="reader",
        PolicyName="own",
        PolicyDocument=policy(
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": "*",
                "Condition": {"StringEquals": {"s3:ExistingObjectTag/open": "yes"}},
            }
        ),
    )
    user(cloud, "carol", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role})
    key = iam.create_access_key(UserName="carol")["AccessKey"]
    sts = cloud.client("sts", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    session = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    reader = boto3.client(
        "s3",
        endpoint_url=cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
        config=Config(retries={"max_attempts": 0}),
    )
    assert refused(reader.get_object, Bucket="films", Key="a.txt")["Code"] == "AccessDenied"
    s3.put_object_tagging(Bucket="films", Key="a.txt", Tagging={"TagSet": [{"Key": "open", "Value": "yes"}]})
    assert reader.get_object(Bucket="films", Key="a.txt")["Body"].read() == b"It begins."


def test_lists_grant_to_others(cloud, s3):
    other = cloud.client("s3", key=OTHER)
    friend = other.list_buckets()["Owner"]["ID"]
    assert refused(s3.put_object_acl, Bucket="films", Key="a.txt", ACL="public-read")["Code"] == (
        "AccessControlListNotSupported"
    )
    s3.put_bucket_ownership_controls(
        Bucket="films", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.put_object(Bucket="films", Key="b.txt", Body=b"shared", GrantRead=f'id="{friend}"')
    assert other.get_object(Bucket="films", Key="b.txt")["Body"].read() == b"shared"
    assert refused(other.get_object, Bucket="films", Key="a.txt")["Code"] == "AccessDenied"
    # What boto3 reads it can write back.
    found = s3.get_object_acl(Bucket="films", Key="b.txt")
    document = {"Owner": found["Owner"], "Grants": found["Grants"]}
    s3.put_object_acl(Bucket="films", Key="b.txt", AccessControlPolicy=document)
    assert s3.get_object_acl(Bucket="films", Key="b.txt")["Grants"] == found["Grants"]
    assert refused(s3.put_object_acl, Bucket="films", Key="b.txt", ACL="public-read")["Code"] == "AccessDenied"
    s3.delete_public_access_block(Bucket="films")
    s3.put_object_acl(Bucket="films", Key="b.txt", ACL="public-read")
    assert curl(f"{cloud.endpoint}/films/b.txt") == (200, "shared")
    # Objects belong to who writes them.
    s3.put_bucket_acl(Bucket="films", GrantWrite=f"id={friend}")
    other.put_object(Bucket="films", Key="c.txt", Body=b"mine")
    assert refused(s3.get_object, Bucket="films", Key="c.txt")["Code"] == "AccessDenied"
    other.put_object(Bucket="films", Key="c.txt", Body=b"ours", ACL="bucket-owner-full-control")
    assert s3.get_object(Bucket="films", Key="c.txt")["Body"].read() == b"ours"


def test_presigned_urls_end_on_the_clock(cloud, s3):
    s3 = cloud.client("s3", signature_version="s3v4")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "films", "Key": "a.txt"}, ExpiresIn=3600)
    assert curl(url) == (200, "It begins.")
    until_the_next_second()
    cloud.advance("59m")
    assert curl(url)[0] == 200
    cloud.advance("2m")
    status, body = curl(url)
    assert status == 403
    assert "Request has expired" in body
    # A policy can have them end earlier.
    s3.put_bucket_policy(
        Bucket="films",
        Policy=policy(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": "arn:aws:s3:::films/*",
                "Condition": {
                    "StringEquals": {"s3:authType": "REST-QUERY-STRING"},
                    "NumericGreaterThan": {"s3:signatureAge": "600000"},
                },
            }
        ),
    )
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "films", "Key": "a.txt"}, ExpiresIn=3600)
    assert curl(url)[0] == 200
    until_the_next_second()
    cloud.advance("11m")
    assert curl(url)[0] == 403


def test_a_presigned_put(cloud, s3):
    url = cloud.client("s3", signature_version="s3v4").generate_presigned_url("put_object", Params={"Bucket": "films", "Key": "b.txt"})
    assert curl(url, "-X", "PUT", "--data-binary", "by url")[0] == 200
    assert s3.get_object(Bucket="films", Key="b.txt")["Body"].read() == b"by url"


def test_retention_ends_on_the_clock(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(
        Bucket="vault",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}},
        },
    )
    version = s3.put_object(Bucket="vault", Key="a", Body=b"kept")["VersionId"]
    head = s3.head_object(Bucket="vault", Key="a")
    assert head["ObjectLockMode"] == "COMPLIANCE"
    delete = dict(Bucket="vault", Key="a", VersionId=version)
    assert refused(s3.delete_object, **delete)["Code"] == "AccessDenied"
    assert refused(s3.delete_object, **delete, BypassGovernanceRetention=True)["Code"] == "AccessDenied"
    sooner = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    retention = {"Mode": "COMPLIANCE", "RetainUntilDate": sooner}
    assert refused(s3.put_object_retention, **delete, Retention=retention)["Code"] == "AccessDenied"
    cloud.advance("31d")
    s3.delete_object(**delete)


def test_governance_is_bypassed_by_who_may(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    version = s3.put_object(
        Bucket="vault", Key="a", Body=b"kept", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until
    )["VersionId"]
    clerk = user(cloud, "clerk", {"Effect": "Allow", "Action": "s3:DeleteObject*", "Resource": "*"})
    delete = dict(Bucket="vault", Key="a", VersionId=version)
    assert refused(clerk.delete_object, **delete)["Code"] == "AccessDenied"
    error = refused(clerk.delete_object, **delete, BypassGovernanceRetention=True)
    assert "s3:BypassGovernanceRetention" in error["Message"]
    s3.delete_object(**delete, BypassGovernanceRetention=True)


def test_the_command_line(cloud, s3):
    cloud.aws("s3api", "put-bucket-tagging", "--bucket", "films", "--tagging", "TagSet=[{Key=team,Value=cinema}]")
    tags = cloud.aws("s3api", "get-bucket-tagging", "--bucket", "films")["TagSet"]
    assert tags == [{"Key": "team", "Value": "cinema"}]
    assert cloud.aws("s3api", "get-bucket-acl", "--bucket", "films")["Grants"][0]["Permission"] == "FULL_CONTROL"
    block = cloud.aws("s3api", "get-public-access-block", "--bucket", "films")
    assert all(block["PublicAccessBlockConfiguration"].values())
    payer = '{"Payer": "Requester"}'
    cloud.aws("s3api", "put-bucket-request-payment", "--bucket", "films", "--request-payment-configuration", payer)
    assert cloud.aws("s3api", "get-bucket-request-payment", "--bucket", "films") == {"Payer": "Requester"}
    abac = cloud.client("s3")
    if hasattr(abac, "put_bucket_abac"):
        abac.put_bucket_abac(Bucket="films", AbacStatus={"Status": "Enabled"})
        assert abac.get_bucket_abac(Bucket="films")["AbacStatus"]["Status"] == "Enabled"
        tagged = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
        tagged["Condition"] = {"StringEquals": {"aws:ResourceTag/team": "cinema"}}
        dave = user(cloud, "dave", tagged)
        dave.list_objects_v2(Bucket="films")
        abac.put_bucket_abac(Bucket="films", AbacStatus={"Status": "Disabled"})
        assert refused(dave.list_objects_v2, Bucket="films")["Code"] == "AccessDenied"
