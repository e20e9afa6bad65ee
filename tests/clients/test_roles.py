"""Roles and sessions by the AWS CLI: switching, second factors, external ids, tags, chains, and their end."""

import json

import pytest

from conftest import REGION
from shell import Shell, allow, code, deny, policy, trust
from test_iam import enabled_device

OURS, THEIRS = "111111111111", "222222222222"
QUEUES = policy(allow("sqs:*"))


@pytest.fixture
def root(cloud, tmp_path):
    return Shell(cloud, tmp_path)


def role(root, name, trust, permissions=QUEUES, options=""):
    """A role with a policy: its ARN."""
    made = root.aws(f"iam create-role --role-name {name} --assume-role-policy-document '{trust}' {options}")
    root.aws(f"iam put-role-policy --role-name {name} --policy-name own --policy-document '{permissions}'")
    return made["Role"]["Arn"]


def assumed(shell, arn, options="", session="me"):
    """A shell with the session's credentials."""
    answer = shell.aws(f"sts assume-role --role-arn {arn} --role-session-name {session} {options}")
    return shell.to(answer["Credentials"])


def whoami(shell):
    return shell.aws("sts get-caller-identity")["Arn"]


def with_profiles(root, **profiles):
    """A shell that has nothing but a config file."""
    lines = []
    for name, settings in profiles.items():
        lines.append(f"[profile {name}]")
        lines += [f"{key} = {value}" for key, value in settings.items()]
    (root.home / "config").write_text("\n".join(lines))
    return Shell(root.cloud, root.home, None)


def keys_of(shell):
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return {name.lower(): shell.environment[name] for name in names}


def test_a_profile_switches_roles_into_another_account(root):
    ours, theirs = root.account(OURS), root.account(THEIRS)
    external = trust(f"arn:aws:iam::{OURS}:root", StringEquals={"sts:ExternalId": "12345"})
    arn = role(theirs, "auditor", external)
    alice = ours.user("alice", policy(allow("sts:AssumeRole", arn)))
    bob = ours.user("bob")
    switch = {"role_arn": arn, "source_profile": "me", "role_session_name": "audit"}
    profiles = with_profiles(
        root,
        me=keys_of(alice),
        bob=keys_of(bob),
        audit=switch | {"external_id": "12345"},
        forgot=switch,
        bobs=switch | {"external_id": "12345", "source_profile": "bob", "role_session_name": "bob"},
    )
    assert whoami(alice) == f"arn:aws:iam::{OURS}:user/alice"
    audit = profiles.aws("--profile audit sts get-caller-identity")
    assert audit["Account"] == THEIRS
    assert audit["Arn"] == f"arn:aws:sts::{THEIRS}:assumed-role/auditor/audit"
    url = profiles.aws("--profile audit sqs create-queue --queue-name theirs")["QueueUrl"]
    assert f"/{THEIRS}/" in url
    # Without the external id their account refuses, and ours where its own policies do not allow it.
    for profile in ("forgot", "bobs"):
        assert "AccessDenied" in profiles.refused(f"--profile {profile} sts get-caller-identity")


def test_a_profile_asks_for_the_code_of_a_second_factor(root):
    arn = role(root, "admin", trust("000000000000", Bool={"aws:MultiFactorAuthPresent": "true"}))
    alice = root.user("alice", policy(allow("sts:AssumeRole")))
    serial, seed = enabled_device(root, "alice")
    assert "AccessDenied" in alice.refused(f"sts assume-role --role-arn {arn} --role-session-name me")
    admin = {"role_arn": arn, "source_profile": "me", "mfa_serial": serial}
    shell = with_profiles(root, me=keys_of(alice), admin=admin)

    who = "--profile admin sts get-caller-identity"
    assert "invalid MFA one time pass code" in shell.refused(who, typed="000000")
    admin = shell.aws(who, typed=code(root.cloud, seed))["Arn"]
    assert admin.startswith("arn:aws:sts::000000000000:assumed-role/admin/")
    # The credentials are kept, so that nobody is asked at each call.
    assert shell.aws(who)["Arn"] == admin


def test_a_session_has_no_more_than_its_policy_says(root):
    arn = role(root, "worker", trust("000000000000"))
    alice = root.user("alice", policy(allow("sts:AssumeRole")))
    only_send = policy(allow(["sqs:SendMessage", "iam:*"]))
    narrow = assumed(alice, arn, f"--policy '{only_send}'")
    url = assumed(alice, arn).aws("sqs create-queue --queue-name orders")["QueueUrl"]
    narrow.aws(f"sqs send-message --queue-url {url} --message-body x")
    assert "no session policy allows the sqs:purgequeue" in narrow.refused(f"sqs purge-queue --queue-url {url}")
    # A session policy gives nothing that the role does not have.
    assert "no identity-based policy allows the iam:ListUsers" in narrow.refused("iam list-users")
    managed = assumed(alice, arn, "--policy-arns arn=arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert managed.aws("sqs list-queues")["QueueUrls"] == [url]
    assert "AccessDenied" in managed.refused(f"sqs send-message --queue-url {url} --message-body x")


def test_tags_of_a_session_decide_and_go_along_a_chain(root):
    principal = {"AWS": "arn:aws:iam::000000000000:root"}
    tagged = trust(principal, ["sts:AssumeRole", "sts:TagSession"])
    same_team = policy(
        allow("sqs:SendMessage", StringEquals={"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}),
        allow(["sts:AssumeRole", "sts:TagSession"]),
    )
    first, second = role(root, "first", tagged, same_team), role(root, "second", tagged, same_team)
    red = root.aws("sqs create-queue --queue-name red --tags team=red")["QueueUrl"]
    blue = root.aws("sqs create-queue --queue-name blue --tags team=blue")["QueueUrl"]
    alice = root.user("alice", policy(allow(["sts:AssumeRole", "sts:TagSession"])))
    session = assumed(alice, first, "--tags Key=team,Value=red --transitive-tag-keys team")
    chained = assumed(session, second)
    for shell in (session, chained):
        shell.aws(f"sqs send-message --queue-url {red} --message-body x")
        assert "AccessDenied" in shell.refused(f"sqs send-message --queue-url {blue} --message-body x")
    # What goes along cannot be changed on the way.
    again = f"sts assume-role --role-arn {second} --role-session-name again --tags Key=team,Value=blue"
    assert "transitive tag" in session.refused(again)


def test_a_chained_session_lasts_an_hour_at_most(root):
    everybody = trust("000000000000")
    first = role(root, "first", everybody, policy(allow("sts:AssumeRole")), "--max-session-duration 43200")
    second = role(root, "second", everybody, options="--max-session-duration 43200")
    alice = root.user("alice", policy(allow("sts:AssumeRole")))
    session = assumed(alice, first, "--duration-seconds 43200")
    refused = session.refused(
        f"sts assume-role --role-arn {second} --role-session-name again --duration-seconds 3601"
    )
    assert "exceeds the 1 hour session limit for roles assumed by role chaining" in refused
    chained = assumed(session, second, "--duration-seconds 3600")
    assert whoami(chained) == "arn:aws:sts::000000000000:assumed-role/second/me"
    root.nephele("clock advance 1h")
    assert "ExpiredToken" in chained.refused("sqs list-queues")
    assert whoami(session) == "arn:aws:sts::000000000000:assumed-role/first/me"
    root.nephele("clock advance 11h")
    assert "ExpiredToken" in session.refused("sts get-caller-identity")
    assert "is over since" in session.nephele("whoami")


def test_sessions_of_a_role_are_revoked_by_their_age(root):
    arn = role(root, "worker", trust("000000000000"))
    alice = root.user("alice", policy(allow("sts:AssumeRole")))
    stolen = assumed(alice, arn)
    stolen.aws("sqs list-queues")
    root.nephele("clock advance 1m")
    now = root.cloud.control("GET", "clock")["now"]
    revoke = policy(deny("*", DateLessThan={"aws:TokenIssueTime": now}))
    root.aws(f"iam put-role-policy --role-name worker --policy-name AWSRevokeOlderSessions --policy-document '{revoke}'")
    assert "explicit deny in an identity-based policy" in stolen.refused("sqs list-queues")
    root.nephele("clock advance 1m")
    assumed(alice, arn).aws("sqs list-queues")


def test_a_queue_s_policy_lets_another_account_s_role_in(root):
    ours, theirs = root.account(OURS), root.account(THEIRS)
    arn = role(theirs, "sender", trust(THEIRS))
    sender = assumed(theirs, arn)
    url = ours.aws("sqs create-queue --queue-name inbox")["QueueUrl"]
    send = f"sqs send-message --queue-url {url} --message-body x"
    assert "AccessDenied" in sender.refused(send)
    open_to_role = policy(
        allow("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{OURS}:inbox") | {"Principal": {"AWS": arn}}
    )
    (root.home / "attributes.json").write_text(json.dumps({"Policy": open_to_role}))
    ours.aws(f"sqs set-queue-attributes --queue-url {url} --attributes file://attributes.json")
    sender.aws(send)
    assert "AccessDenied" in sender.refused(f"sqs receive-message --queue-url {url}")
    # The queue's owner says yes; the role's own account has to as well.
    theirs.aws("iam delete-role-policy --role-name sender --policy-name own")
    assert "AccessDenied" in sender.refused(send)


def test_a_federated_user_has_what_both_policies_allow(root):
    broker = root.user("broker", policy(allow(["sts:GetFederationToken", "sqs:*"])))
    only_list = policy(allow(["sqs:ListQueues", "iam:ListUsers"]))
    answer = broker.aws(f"sts get-federation-token --name guest --policy '{only_list}'")
    guest = root.to(answer["Credentials"])
    assert whoami(guest) == "arn:aws:sts::000000000000:federated-user/guest"
    guest.aws("sqs list-queues")
    assert "AccessDenied" in guest.refused("sqs create-queue --queue-name mine")
    # "You cannot call any IAM operations using the CLI or API" (AWS STS comparison).
    assert "InvalidClientTokenId" in guest.refused("iam list-users")
