"""Who asks: root keys, wrong keys, no keys."""

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from conftest import Cloud


def refused(client):
    with pytest.raises(ClientError) as error:
        client.get_caller_identity()
    return error.value.response


def test_root_keys_of_any_account(cloud):
    assert cloud.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"
    other = cloud.client("sts", key="123456789012").get_caller_identity()
    assert other["Account"] == other["UserId"] == "123456789012"


def test_a_wrong_secret_shows_what_should_have_been_signed(cloud):
    error = refused(cloud.client("sts", secret="wrong"))
    assert error["Error"]["Code"] == "SignatureDoesNotMatch"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_an_unknown_key_says_what_to_do(cloud):
    error = refused(cloud.client("sts", key="AKIAIOSFODNN7EXAMPLE"))
    assert error["Error"]["Code"] == "InvalidClientTokenId"
    assert "--auth open" in error["Error"]["Message"]


def test_a_misspelt_region_is_refused(cloud):
    assert "region" in refused(cloud.client("sts", region="us-eats-1"))["Error"]["Message"]


def test_unsigned_requests_are_refused(cloud):
    assert refused(cloud.client("sts", signature_version=UNSIGNED))["Error"]["Code"] == "MissingAuthenticationToken"


def test_unbuilt_operations_and_services_say_so(cloud):
    with pytest.raises(ClientError) as unbuilt:
        cloud.client("sts").get_delegated_access_token(TradeInToken="x")
    assert "GetDelegatedAccessToken" in unbuilt.value.response["Error"]["Message"]
    with pytest.raises(ClientError) as absent:
        cloud.client("dynamodb").list_tables()
    assert "dynamodb" in absent.value.response["Error"]["Message"]


def test_open_takes_any_key():
    cloud = Cloud(options=["--auth", "open"])
    try:
        assert cloud.client("sts", key="AKIAIOSFODNN7EXAMPLE", secret="x").get_caller_identity()["Account"] == "0" * 12
    finally:
        cloud.stop()
