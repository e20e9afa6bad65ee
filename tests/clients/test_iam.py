"""The exercises of an IAM course, by the AWS CLI as a student types them."""

import base64
import csv
import io
import json

import pytest

from shell import Shell, allow, code, deny, policy

AWS_POLICY = "arn:aws:iam::aws:policy"


@pytest.fixture
def root(cloud, tmp_path):
    return Shell(cloud, tmp_path)


def queue(root, name, options=""):
    return root.aws(f"sqs create-queue --queue-name {name} {options}")["QueueUrl"]


def enabled_device(root, user):
    """A virtual MFA device of a user, enabled by two codes in a row: its serial number and seed."""
    made = root.aws(
        f"iam create-virtual-mfa-device --virtual-mfa-device-name {user} --outfile seed --bootstrap-method Base32StringSeed"
    )
    serial, seed = made["VirtualMFADevice"]["SerialNumber"], (root.home / "seed").read_text()
    first, second = code(root.cloud, seed, -1), code(root.cloud, seed)
    root.aws(
        f"iam enable-mfa-device --user-name {user} --serial-number {serial} "
        f"--authentication-code1 {first} --authentication-code2 {second}"
    )
    # The next code has not been shown yet.
    root.nephele("clock advance 30s")
    return serial, seed


def test_an_account_has_an_alias(root):
    root.aws("iam create-account-alias --account-alias cloud-course")
    assert root.aws("iam list-account-aliases")["AccountAliases"] == ["cloud-course"]
    other = root.account("111111111111")
    assert "EntityAlreadyExists" in other.refused("iam create-account-alias --account-alias cloud-course")
    root.aws("iam delete-account-alias --account-alias cloud-course")
    assert root.aws("iam list-account-aliases")["AccountAliases"] == []


def test_a_policy_that_opens_only_with_a_second_factor(root):
    with_mfa = policy(allow("sqs:*", Bool={"aws:MultiFactorAuthPresent": "true"}))
    alice = root.user("alice", with_mfa)
    assert "AccessDenied" in alice.refused("sqs list-queues")
    serial, seed = enabled_device(root, "alice")
    [device] = root.aws("iam list-mfa-devices --user-name alice")["MFADevices"]
    assert device["SerialNumber"] == serial == "arn:aws:iam::000000000000:mfa/alice"
    # The keys alone never have a second factor.
    assert "AccessDenied" in alice.refused("sqs list-queues")
    shown = code(root.cloud, seed)
    ask = f"sts get-session-token --serial-number {serial} --token-code"
    session = alice.to(alice.aws(f"{ask} {shown}")["Credentials"])
    session.aws("sqs create-queue --queue-name orders")
    assert "with MFA" in session.nephele("whoami")
    # No code serves twice.
    assert "invalid MFA one time pass code" in alice.refused(f"{ask} {shown}")
    assert "invalid MFA one time pass code" in alice.refused(f"{ask} 000000")
    root.nephele("clock advance 13h")
    assert "ExpiredToken" in session.refused("sqs list-queues")


def test_the_qr_code_of_a_device_is_a_picture(root):
    root.aws(
        "iam create-virtual-mfa-device --virtual-mfa-device-name phone --outfile phone.png --bootstrap-method QRCodePNG"
    )
    assert (root.home / "phone.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    [device] = root.aws("iam list-virtual-mfa-devices --assignment-status Unassigned")["VirtualMFADevices"]
    # Who did not look at the seed in time makes another device.
    assert device == {"SerialNumber": "arn:aws:iam::000000000000:mfa/phone"}


def test_groups_and_policies_of_job_functions(root):
    url = queue(root, "orders")
    viewer = root.user("viewer")
    assert "AccessDenied" in viewer.refused("sqs list-queues")
    root.aws("iam create-group --group-name viewers")
    root.aws(f"iam attach-group-policy --group-name viewers --policy-arn {AWS_POLICY}/job-function/ViewOnlyAccess")
    root.aws("iam add-user-to-group --group-name viewers --user-name viewer")
    assert viewer.aws("sqs list-queues")["QueueUrls"] == [url]
    denied = viewer.refused(f"sqs send-message --queue-url {url} --message-body x")
    assert "no identity-based policy allows the sqs:sendmessage action" in denied
    root.aws("iam create-group --group-name developers")
    root.aws(f"iam attach-group-policy --group-name developers --policy-arn {AWS_POLICY}/PowerUserAccess")
    root.aws("iam add-user-to-group --group-name developers --user-name viewer")
    viewer.aws(f"sqs send-message --queue-url {url} --message-body x")
    # PowerUserAccess is everything but IAM.
    assert "AccessDenied" in viewer.refused("iam create-user --user-name mallory")
    root.aws("iam remove-user-from-group --group-name developers --user-name viewer")
    assert "AccessDenied" in viewer.refused(f"sqs send-message --queue-url {url} --message-body x")


def test_tags_of_the_user_and_of_the_queue_must_agree(root):
    same_team = policy(
        allow("sqs:*", StringEquals={"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}),
        allow(["sqs:CreateQueue", "sqs:TagQueue"], StringEquals={"aws:RequestTag/team": "${aws:PrincipalTag/team}"}),
    )
    mine, theirs = queue(root, "mine", "--tags team=red"), queue(root, "theirs", "--tags team=blue")
    red = root.user("red", same_team, "--tags Key=team,Value=red")
    red.aws(f"sqs send-message --queue-url {mine} --message-body x")
    assert "AccessDenied" in red.refused(f"sqs send-message --queue-url {theirs} --message-body x")
    red.aws("sqs create-queue --queue-name new --tags team=red")
    assert "AccessDenied" in red.refused("sqs create-queue --queue-name other --tags team=blue")
    # Who makes something with tags must be allowed to tag it.
    maker = root.user("maker", policy(allow(["sqs:CreateQueue", "iam:CreateUser"])))
    maker.aws("sqs create-queue --queue-name plain")
    assert "sqs:tagqueue" in maker.refused("sqs create-queue --queue-name tagged --tags team=red")
    assert "iam:TagUser" in maker.refused("iam create-user --user-name tagged --tags Key=team,Value=red")
    # Another team from the next call on.
    root.aws("iam tag-user --user-name red --tags Key=team,Value=blue")
    red.aws(f"sqs send-message --queue-url {theirs} --message-body x")
    assert "AccessDenied" in red.refused(f"sqs send-message --queue-url {mine} --message-body x")


def test_a_boundary_is_the_most_that_a_user_may(root):
    root.aws(f"iam create-policy --policy-name queues --policy-document '{policy(allow('sqs:*'))}'")
    boundary = "arn:aws:iam::000000000000:policy/queues"
    admin = root.user("admin", policy(allow("*")), f"--permissions-boundary {boundary}")
    admin.aws("sqs create-queue --queue-name orders")
    assert "no permissions boundary allows the iam:ListUsers action" in admin.refused("iam list-users")
    assert "boundary            " + boundary in admin.nephele("whoami")
    assert "DeleteConflict" in root.refused(f"iam delete-policy --policy-arn {boundary}")
    root.aws("iam delete-user-permissions-boundary --user-name admin")
    assert len(admin.aws("iam list-users")["Users"]) == 1


def test_why_and_what_would_do(root):
    url = queue(root, "orders")
    arn = "arn:aws:sqs:us-east-1:000000000000:orders"
    alice = root.user("alice", policy(allow("sqs:*"), deny("sqs:PurgeQueue", arn)))
    assert "AccessDenied" in alice.refused(f"sqs purge-queue --queue-url {url}")
    [event] = [event for event in root.cloud.control("GET", "audit")["events"] if event["eventName"] == "PurgeQueue"]
    explained = alice.nephele(f"explain {event['requestID']}")
    assert explained.startswith(f"DENIED sqs:PurgeQueue on {arn}\n  for  arn:aws:iam::000000000000:user/alice\n")
    assert "what would allow it" in explained
    alice.aws(f"sqs send-message --queue-url {url} --message-body x")
    alice.aws(f"sqs get-queue-url --queue-name orders")
    suggested = json.loads(root.nephele("policy suggest --principal arn:aws:iam::000000000000:user/alice"))
    [statement] = suggested["Statement"]
    assert statement == {"Effect": "Allow", "Action": ["sqs:GetQueueUrl", "sqs:SendMessage"], "Resource": [arn]}
    # What was suggested is enough.
    root.aws(f"iam put-user-policy --user-name alice --policy-name own --policy-document '{json.dumps(suggested)}'")
    alice.aws(f"sqs send-message --queue-url {url} --message-body x")
    assert "AccessDenied" in alice.refused(f"sqs receive-message --queue-url {url}")


def test_the_simulator_says_what_the_cloud_does(root):
    url = queue(root, "orders")
    arn = "arn:aws:sqs:us-east-1:000000000000:orders"
    alice = root.user("alice", policy(allow("sqs:SendMessage", arn)))
    results = root.aws(
        "iam simulate-principal-policy --policy-source-arn arn:aws:iam::000000000000:user/alice "
        f"--action-names sqs:SendMessage sqs:PurgeQueue --resource-arns {arn}"
    )["EvaluationResults"]
    decisions = {result["EvalActionName"]: result["EvalDecision"] for result in results}
    assert decisions == {"sqs:SendMessage": "allowed", "sqs:PurgeQueue": "implicitDeny"}
    alice.aws(f"sqs send-message --queue-url {url} --message-body x")
    assert "AccessDenied" in alice.refused(f"sqs purge-queue --queue-url {url}")
    custom = root.aws(
        f"iam simulate-custom-policy --policy-input-list '{policy(deny('sqs:*'))}' --action-names sqs:SendMessage"
    )
    assert custom["EvaluationResults"][0]["EvalDecision"] == "explicitDeny"


def test_what_an_auditor_reads(root):
    alice = root.user("alice", policy(allow("iam:ListUsers")))
    key = alice.environment["AWS_ACCESS_KEY_ID"]
    unused = root.aws(f"iam get-access-key-last-used --access-key-id {key}")
    assert unused == {"UserName": "alice", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
    alice.aws("iam list-users")
    used = root.aws(f"iam get-access-key-last-used --access-key-id {key}")["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("iam", "us-east-1")
    assert root.aws("iam generate-credential-report")["State"] == "STARTED"
    root.nephele("clock advance 10s")
    assert root.aws("iam generate-credential-report")["State"] == "COMPLETE"
    report = root.aws("iam get-credential-report")
    assert report["ReportFormat"] == "text/csv"
    # As on AWS, the CLI shows it in base64.
    rows = {row["user"]: row for row in csv.DictReader(io.StringIO(base64.b64decode(report["Content"]).decode()))}
    assert list(rows) == ["<root_account>", "alice"]
    assert rows["alice"]["access_key_1_active"] == "true"
    assert rows["alice"]["access_key_1_last_used_service"] == "iam"
    assert rows["alice"]["password_enabled"] == rows["alice"]["mfa_active"] == "false"
    details = root.aws("iam get-account-authorization-details --filter User")
    [user] = details["UserDetailList"]
    assert user["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == "iam:ListUsers"
    assert root.aws("iam get-account-summary")["SummaryMap"]["Users"] == 1


def test_passwords_follow_the_account_s_policy(root):
    alice = root.user("alice")
    assert "NoSuchEntity" in root.refused("iam get-account-password-policy")
    root.aws("iam update-account-password-policy --minimum-password-length 12 --require-symbols --max-password-age 90")
    kept = root.aws("iam get-account-password-policy")["PasswordPolicy"]
    assert (kept["MinimumPasswordLength"], kept["RequireSymbols"], kept["ExpirePasswords"]) == (12, True, True)
    profile = "iam create-login-profile --user-name alice --password-reset-required --password"
    assert "PasswordPolicyViolation" in root.refused(f"{profile} short")
    assert root.aws(f"{profile} Long-enough-123")["LoginProfile"]["PasswordResetRequired"] is True
    change = "iam change-password --old-password Long-enough-123 --new-password Longer-than-123"
    assert "iam:ChangePassword on resource: user alice" in alice.refused(change)
    root.aws(
        "iam update-account-password-policy --minimum-password-length 12 --allow-users-to-change-password "
        "--password-reuse-prevention 3"
    )
    alice.aws(change)
    assert "PasswordPolicyViolation" in alice.refused(
        "iam change-password --old-password Longer-than-123 --new-password Long-enough-123"
    )
    root.aws("iam delete-account-password-policy")
    assert "NoSuchEntity" in root.refused("iam get-account-password-policy")


def test_an_organization_sets_bounds_to_an_account_and_its_root(root):
    root.aws("organizations create-organization --feature-set ALL")
    made = root.aws("organizations create-account --email dev@example.com --account-name dev")["CreateAccountStatus"]
    root.nephele("clock advance 5s")
    request = f"organizations describe-create-account-status --create-account-request-id {made['Id']}"
    dev = root.aws(request)["CreateAccountStatus"]["AccountId"]
    assert f"{dev}  ACTIVE    dev " in root.nephele("accounts")
    member = root.account(dev)
    user = member.user("bob", policy(allow("*")))
    member.aws("sqs create-queue --queue-name before")
    [top] = root.aws("organizations list-roots")["Roots"]
    root.aws(f"organizations enable-policy-type --root-id {top['Id']} --policy-type SERVICE_CONTROL_POLICY")
    scp = root.aws(
        "organizations create-policy --name no-queues --description x --type SERVICE_CONTROL_POLICY "
        f"--content '{policy(deny('sqs:*'))}'"
    )["Policy"]["PolicySummary"]["Id"]
    root.aws(f"organizations attach-policy --policy-id {scp} --target-id {dev}")
    for shell in (member, user):
        refused = shell.refused("sqs create-queue --queue-name after")
        assert "with an explicit deny in a service control policy" in refused
        shell.aws("iam list-users")
    assert scp in user.nephele("whoami")
    # The management account is above them.
    root.aws("sqs create-queue --queue-name after")
    root.aws(f"organizations detach-policy --policy-id {scp} --target-id {dev}")
    user.aws("sqs create-queue --queue-name after")
