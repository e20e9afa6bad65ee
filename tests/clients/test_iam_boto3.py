"""IAM and STS by boto3: paginators, waiters, exceptions by class, credentials that renew themselves; and hostile callers."""

import urllib.error
import urllib.request

import boto3
import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError, WaiterError

from shell import allow, policy, trust

EC2 = trust({"Service": "ec2.amazonaws.com"})
ACCOUNT = "000000000000"


@pytest.fixture
def iam(cloud):
    return cloud.client("iam")


def user(iam, name, document=None):
    """A new user: its access key and secret."""
    iam.create_user(UserName=name)
    if document:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def session_client(cloud, service, credentials, token="SessionToken"):
    session = boto3.Session(
        credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials.get(token), region_name="us-east-1"
    )
    return session.client(service, endpoint_url=cloud.endpoint)


def code_of(call, *arguments, **keywords):
    with pytest.raises(ClientError) as error:
        call(*arguments, **keywords)
    return error.value.response["Error"]["Code"]


def test_paginators_bring_every_entity_once(iam):
    names = [f"name-{number:02}" for number in range(25)]
    for name in names:
        iam.create_user(UserName=name)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=EC2)
    for operation, list_, member in [("list_users", "Users", "UserName"), ("list_roles", "Roles", "RoleName")]:
        pages = list(iam.get_paginator(operation).paginate(PaginationConfig={"PageSize": 10}))
        assert [len(page[list_]) for page in pages] == [10, 10, 5]
        assert [entity[member] for page in pages for entity in page[list_]] == names
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS")
    managed = [policy["Arn"] for page in pages for policy in page["Policies"]]
    assert len(managed) == len(set(managed)) > 1_000
    assert "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess" in managed


def test_waiters_see_what_was_made(iam):
    iam.create_user(UserName="alice")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=EC2)
    iam.create_instance_profile(InstanceProfileName="app")
    arn = iam.create_policy(PolicyName="queues", PolicyDocument=policy(allow("sqs:*")))["Policy"]["Arn"]
    once = {"Delay": 0, "MaxAttempts": 1}
    iam.get_waiter("user_exists").wait(UserName="alice", WaiterConfig=once)
    iam.get_waiter("role_exists").wait(RoleName="app", WaiterConfig=once)
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="app", WaiterConfig=once)
    iam.get_waiter("policy_exists").wait(PolicyArn=arn, WaiterConfig=once)
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        iam.get_waiter("user_exists").wait(UserName="bob", WaiterConfig=once)


def test_errors_have_their_classes(iam):
    with pytest.raises(iam.exceptions.NoSuchEntityException, match="The user with name alice cannot be found."):
        iam.get_user(UserName="alice")
    user(iam, "alice", policy(allow("sqs:*")))
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException, match="User with name alice already exists."):
        iam.create_user(UserName="alice")
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_user(UserName="alice")
    for malformed in ["{", '{"Version": "2012-10-17"}', policy({"Effect": "Maybe", "Action": "*", "Resource": "*"})]:
        with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
            iam.create_policy(PolicyName="bad", PolicyDocument=malformed)
    iam.create_access_key(UserName="alice")
    with pytest.raises(iam.exceptions.LimitExceededException, match="AccessKeysPerUser: 2"):
        iam.create_access_key(UserName="alice")
    assert code_of(iam.create_user, UserName="no spaces") == "ValidationError"


def test_resources_of_boto3(cloud, iam):
    """The object interface, which resolves attributes and collections lazily."""
    resource = boto3.resource(
        "iam", endpoint_url=cloud.endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    alice = resource.create_user(UserName="alice")
    group = resource.create_group(GroupName="team")
    alice.add_group(GroupName="team")
    assert [member.name for member in group.users.all()] == ["alice"]
    queues = resource.create_policy(PolicyName="queues", PolicyDocument=policy(allow("sqs:*")))
    group.attach_policy(PolicyArn=queues.arn)
    assert [attached.arn for attached in group.attached_policies.all()] == [queues.arn]
    version = queues.create_version(PolicyDocument=policy(allow("sqs:List*")), SetAsDefault=True)
    assert version.document["Statement"][0]["Action"] == "sqs:List*"
    assert [version.version_id for version in queues.versions.all()] == ["v2", "v1"]
    role = resource.create_role(RoleName="app", AssumeRolePolicyDocument=EC2)
    assert role.assume_role_policy_document["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}


def test_credentials_of_a_role_renew_themselves(cloud, iam, tmp_path, monkeypatch):
    key, secret = user(iam, "alice", policy(allow("sts:AssumeRole")))
    arn = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust(ACCOUNT))["Role"]["Arn"]
    config = tmp_path / "config"
    # botocore renews what ends within 15 minutes, thus here at each call.
    config.write_text(
        f"[profile me]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
        f"[profile app]\nrole_arn = {arn}\nsource_profile = me\nduration_seconds = 900\nregion = us-east-1\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
    session = boto3.Session(profile_name="app")
    sts = session.client("sts")
    first = session.get_credentials().get_frozen_credentials()
    assert sts.get_caller_identity()["Arn"].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/botocore-session-")
    cloud.advance("20m")
    assert sts.get_caller_identity()["Account"] == ACCOUNT
    old = cloud.client("sts", first.access_key, first.secret_key)
    assert session.get_credentials().get_frozen_credentials().access_key != first.access_key
    ended = {"AccessKeyId": first.access_key, "SecretAccessKey": first.secret_key, "SessionToken": first.token}
    assert code_of(session_client(cloud, "sts", ended).get_caller_identity) == "ExpiredToken"
    assert code_of(old.get_caller_identity) == "InvalidClientTokenId", "without its token it is nobody's"


def test_keys_that_are_inactive_or_of_deleted_users_are_nobody_s(cloud, iam):
    key, secret = user(iam, "alice")
    sts = cloud.client("sts", key, secret)
    sqs = cloud.client("sqs", key, secret)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/alice"
    session = sts.get_session_token()["Credentials"]
    assert session_client(cloud, "sts", session).get_caller_identity()["Arn"].endswith(":user/alice")
    iam.update_access_key(UserName="alice", AccessKeyId=key, Status="Inactive")
    assert code_of(sts.get_caller_identity) == code_of(sqs.list_queues) == "InvalidClientTokenId"
    iam.update_access_key(UserName="alice", AccessKeyId=key, Status="Active")
    assert sts.get_caller_identity()
    iam.delete_access_key(UserName="alice", AccessKeyId=key)
    iam.delete_user(UserName="alice")
    assert code_of(sts.get_caller_identity) == "InvalidClientTokenId"
    # Nor is a session of hers anybody's, also when somebody else gets her name.
    user(iam, "alice", policy(allow("*")))
    assert code_of(session_client(cloud, "sts", session).get_caller_identity) == "InvalidClientTokenId"


def test_a_session_is_its_key_its_secret_and_its_token(cloud, iam):
    sts = cloud.client("sts", *user(iam, "alice", policy(allow("sts:AssumeRole"))))
    arn = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust(ACCOUNT))["Role"]["Arn"]
    one, two = (sts.assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"] for name in ("one", "two"))
    assert session_client(cloud, "sts", one).get_caller_identity()["Arn"].endswith("/one")
    stolen = {"no token": {"SessionToken": None}, "another's": {"SessionToken": two["SessionToken"]}}
    token = one["SessionToken"]
    stolen["a changed one"] = {"SessionToken": token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:]}
    for why, change in stolen.items():
        assert code_of(session_client(cloud, "sts", one | change).get_caller_identity) == "InvalidClientTokenId", why
    forged = one | {"SecretAccessKey": two["SecretAccessKey"]}
    assert code_of(session_client(cloud, "sts", forged).get_caller_identity) == "SignatureDoesNotMatch"
    # A token does not turn a user's or the root's key into a session.
    root = {"AccessKeyId": "test", "SecretAccessKey": "test", "SessionToken": one["SessionToken"]}
    assert code_of(session_client(cloud, "sts", root).get_caller_identity) == "InvalidClientTokenId"
    # A role made anew under the same name is not the one of the session.
    iam.delete_role(RoleName="app")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust(ACCOUNT))
    assert code_of(session_client(cloud, "sts", one).get_caller_identity) == "InvalidClientTokenId"


def test_a_presigned_url_proves_who_somebody_is(cloud, iam):
    """How clusters and vaults have their callers prove themselves."""
    key, secret = user(iam, "alice")
    url = cloud.client("sts", key, secret).generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert f"<Arn>arn:aws:iam::{ACCOUNT}:user/alice</Arn>" in answer.read().decode()
    iam.delete_access_key(UserName="alice", AccessKeyId=key)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url, timeout=30)


def test_what_is_taken_away_is_gone_at_the_next_call(cloud, iam):
    sqs = cloud.client("sqs", *user(iam, "alice"))
    arn = iam.create_policy(PolicyName="queues", PolicyDocument=policy(allow("sqs:*")))["Policy"]["Arn"]
    iam.create_group(GroupName="team")
    give_and_take = [
        (lambda: iam.attach_user_policy(UserName="alice", PolicyArn=arn),
         lambda: iam.detach_user_policy(UserName="alice", PolicyArn=arn)),
        (lambda: iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=policy(allow("sqs:*"))),
         lambda: iam.delete_user_policy(UserName="alice", PolicyName="own")),
        (lambda: iam.attach_group_policy(GroupName="team", PolicyArn=arn) and iam.add_user_to_group(GroupName="team", UserName="alice"),
         lambda: iam.remove_user_from_group(GroupName="team", UserName="alice")),
        (lambda: iam.add_user_to_group(GroupName="team", UserName="alice"),
         lambda: iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(allow("s3:*")), SetAsDefault=True)),
        (lambda: iam.set_default_policy_version(PolicyArn=arn, VersionId="v1"),
         lambda: iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary="arn:aws:iam::aws:policy/IAMReadOnlyAccess")),
    ]
    for give, take in give_and_take:
        assert code_of(sqs.list_queues) == "AccessDenied"
        give()
        sqs.list_queues()
        take()
    assert code_of(sqs.list_queues) == "AccessDenied"


def test_nobody_may_nothing(cloud):
    for service, call in [("iam", "list_users"), ("sqs", "list_queues"), ("sts", "get_session_token")]:
        client = cloud.client(service, signature_version=UNSIGNED)
        assert code_of(getattr(client, call)) in ("MissingAuthenticationToken", "AccessDenied"), service
    # A queue that is open to everybody is open to those who do not sign, too.
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="open")["QueueUrl"]
    everybody = policy(allow("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:open") | {"Principal": "*"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": everybody})
    anonymous = cloud.client("sqs", signature_version=UNSIGNED)
    anonymous.send_message(QueueUrl=url, MessageBody="x")
    assert code_of(anonymous.receive_message, QueueUrl=url) == "AccessDenied"


def test_users_may_not_make_themselves_more(cloud, iam):
    """Paths from few permissions to all: each needs a permission of its own."""
    key, secret = user(iam, "mallory", policy(allow(["iam:Get*", "iam:List*", "sts:*", "sqs:*"])))
    mine, sts = cloud.client("iam", key, secret), cloud.client("sts", key, secret)
    everything = policy(allow("*"))
    iam.create_user(UserName="boss")
    role = iam.create_role(
        RoleName="admin", AssumeRolePolicyDocument=trust(f"arn:aws:iam::{ACCOUNT}:user/boss")
    )["Role"]["Arn"]
    attempts = [
        (mine.put_user_policy, dict(UserName="mallory", PolicyName="p", PolicyDocument=everything)),
        (mine.attach_user_policy, dict(UserName="mallory", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")),
        (mine.create_access_key, dict(UserName="boss")),
        (mine.create_login_profile, dict(UserName="boss", Password="Long-enough-123")),
        (mine.update_assume_role_policy, dict(RoleName="admin", PolicyDocument=trust(ACCOUNT))),
        (mine.delete_user_permissions_boundary, dict(UserName="mallory")),
        (sts.assume_role, dict(RoleArn=role, RoleSessionName="mallory")),
        (sts.assume_role, dict(RoleArn=role.replace(ACCOUNT, "111111111111"), RoleSessionName="mallory")),
    ]
    for call, arguments in attempts:
        assert code_of(call, **arguments) == "AccessDenied", call
