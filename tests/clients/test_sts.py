"""Temporary credentials, as boto3 asks for them and uses them."""

import json

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import REGION

TRUST = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}}
QUEUES = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}


def session(cloud, service, credentials):
    return boto3.client(
        service,
        endpoint_url=cloud.endpoint,
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


@pytest.fixture
def role(cloud):
    iam = cloud.client("iam")
    arn = iam.create_role(RoleName="Worker", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="Worker", PolicyName="queues", PolicyDocument=json.dumps(QUEUES))
    return arn


def test_a_role_is_assumed_and_used_until_it_ends(cloud, role):
    answer = cloud.client("sts").assume_role(
        RoleArn=role, RoleSessionName="s1", Tags=[{"Key": "team", "Value": "red"}], DurationSeconds=900
    )
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::000000000000:assumed-role/Worker/s1"
    sqs = session(cloud, "sqs", answer["Credentials"])
    sqs.create_queue(QueueName="jobs")
    with pytest.raises(ClientError) as denied:
        session(cloud, "iam", answer["Credentials"]).list_users()
    assert denied.value.response["Error"]["Code"] == "AccessDenied"
    cloud.advance("15m")
    with pytest.raises(ClientError) as expired:
        sqs.list_queues()
    assert "ExpiredToken" in expired.value.response["Error"]["Code"]


def test_who_has_no_credentials_reaches_the_operations_that_need_none(cloud, role):
    sts = boto3.client(
        "sts", endpoint_url=cloud.endpoint, region_name=REGION, config=Config(signature_version=UNSIGNED)
    )
    with pytest.raises(ClientError) as refused:
        sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="web", WebIdentityToken="no token")
    assert refused.value.response["Error"]["Code"] == "InvalidIdentityToken"
    with pytest.raises(ClientError) as refused:
        sts.assume_role_with_saml(
            RoleArn=role, PrincipalArn="arn:aws:iam::000000000000:saml-provider/None", SAMLAssertion="eHh4"
        )
    assert "doesn't exist" in refused.value.response["Error"]["Message"]
