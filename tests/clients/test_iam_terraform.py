"""Terraform's resources and data of IAM: apply, a second plan without changes, the same for changes, destroy."""

import base64
import json

from terraform import Terraform

CONFIGURATION = """
data "aws_caller_identity" "me" {}

data "aws_iam_policy" "view_only" {
  arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
}

data "aws_iam_policy_document" "queues" {
  statement {
    sid       = "Queues"
    actions   = ["sqs:SendMessage", "sqs:ReceiveMessage"]
    resources = ["arn:aws:sqs:*:${data.aws_caller_identity.me.account_id}:dev-*"]
    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["true"]
    }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com", "lambda.amazonaws.com"]
    }
  }
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.alice.arn, "arn:aws:iam::222222222222:root"]
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = ["12345"]
    }
  }
}

resource "aws_iam_user" "alice" {
  name                 = "alice"
  path                 = "/team/"
  permissions_boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
  force_destroy        = true
  tags                 = { team = "a" }
}

resource "aws_iam_user" "bob" {
  name = "bob"
}

resource "aws_iam_group" "developers" {
  name = "developers"
  path = "/team/"
}

resource "aws_iam_group" "viewers" {
  name = "viewers"
}

resource "aws_iam_group_membership" "developers" {
  name  = "developers"
  users = [aws_iam_user.alice.name]
  group = aws_iam_group.developers.name
}

resource "aws_iam_user_group_membership" "bob" {
  user   = aws_iam_user.bob.name
  groups = [aws_iam_group.viewers.name]
}

resource "aws_iam_group_policy_attachment" "viewers" {
  group      = aws_iam_group.viewers.name
  policy_arn = data.aws_iam_policy.view_only.arn
}

resource "aws_iam_group_policy" "developers" {
  group  = aws_iam_group.developers.name
  policy = data.aws_iam_policy_document.queues.json
}

resource "aws_iam_policy" "queues" {
  name        = "queues"
  path        = "/team/"
  description = "Queues of developers"
  policy      = data.aws_iam_policy_document.queues.json
  tags        = { team = "a" }
}

resource "aws_iam_user_policy_attachment" "bob" {
  user       = aws_iam_user.bob.name
  policy_arn = aws_iam_policy.queues.arn
}

resource "aws_iam_user_policy" "bob" {
  user   = aws_iam_user.bob.name
  policy = data.aws_iam_policy_document.queues.json
}

resource "aws_iam_access_key" "bob" {
  user = aws_iam_user.bob.name
}

resource "aws_iam_user_login_profile" "bob" {
  user                    = aws_iam_user.bob.name
  password_reset_required = true
}

resource "aws_iam_role" "app" {
  name                 = "app"
  path                 = "/service/"
  description          = "The application"
  max_session_duration = 7200
  permissions_boundary = aws_iam_policy.queues.arn
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  tags                 = { team = "a", stage = "dev" }
}

resource "aws_iam_role_policy" "app" {
  role   = aws_iam_role.app.id
  policy = data.aws_iam_policy_document.queues.json
}

resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.queues.arn
}

resource "aws_iam_instance_profile" "app" {
  name = "app"
  role = aws_iam_role.app.name
  tags = { team = "a" }
}

resource "aws_iam_service_linked_role" "ecs" {
  aws_service_name = "ecs.amazonaws.com"
}

resource "aws_iam_account_alias" "alias" {
  account_alias = "cloud-course"
}

resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length        = 12
  require_numbers                = true
  require_symbols                = true
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  allow_users_to_change_password = true
  max_password_age               = 90
  password_reuse_prevention      = 5
  depends_on                     = [aws_iam_user_login_profile.bob]
}

resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
  tags            = { team = "a" }
}

resource "aws_iam_saml_provider" "company" {
  name                   = "company"
  saml_metadata_document = file("metadata.xml")
}

resource "aws_iam_virtual_mfa_device" "phone" {
  virtual_mfa_device_name = "phone"
  tags                    = { owner = "bob" }
}

output "account" { value = data.aws_caller_identity.me.account_id }
output "view_only" { value = data.aws_iam_policy.view_only.policy }
output "password" {
  sensitive = true
  value     = aws_iam_user_login_profile.bob.password
}
output "key" {
  sensitive = true
  value     = [aws_iam_access_key.bob.id, aws_iam_access_key.bob.secret]
}
"""


# What a second apply changes in place, replaces and adds.
CHANGES = [
    ('path                 = "/team/"', 'path                 = "/crew/"'),
    ('name = "bob"', 'name = "robert"'),
    ('path = "/team/"', 'path = "/crew/"'),
    ('description          = "The application"', 'description          = "Another application"'),
    ("max_session_duration = 7200", "max_session_duration = 3600"),
    ('tags                 = { team = "a", stage = "dev" }', 'tags                 = { team = "b", owner = "alice" }'),
    ("minimum_password_length        = 12", "minimum_password_length        = 14"),
    ('["sqs:SendMessage", "sqs:ReceiveMessage"]', '["sqs:SendMessage"]'),
    ('client_id_list  = ["sts.amazonaws.com"]', 'client_id_list  = ["sts.amazonaws.com", "app"]'),
    ("cloud-course", "cloud-course-2"),
]

ADDITIONS = """
data "aws_iam_account_alias" "alias" {
  depends_on = [aws_iam_account_alias.alias]
}

data "aws_iam_user" "alice" {
  user_name = aws_iam_user.alice.name
}

data "aws_iam_users" "crew" {
  path_prefix = "/crew/"
  depends_on  = [aws_iam_user.alice]
}

data "aws_iam_group" "developers" {
  group_name = aws_iam_group_membership.developers.group
}

data "aws_iam_role" "app" {
  name = aws_iam_role.app.name
}

data "aws_iam_roles" "apps" {
  name_regex = "^app"
  depends_on = [aws_iam_role.app]
}

data "aws_iam_instance_profile" "app" {
  name = aws_iam_instance_profile.app.name
}

data "aws_iam_policy" "by_name" {
  name       = aws_iam_policy.queues.name
  depends_on = [aws_iam_policy.queues]
}

data "aws_iam_access_keys" "bob" {
  user       = aws_iam_user.bob.name
  depends_on = [aws_iam_access_key.bob]
}

data "aws_iam_openid_connect_provider" "ci" {
  url        = "https://token.actions.githubusercontent.com"
  depends_on = [aws_iam_openid_connect_provider.ci]
}

data "aws_iam_saml_provider" "company" {
  arn = aws_iam_saml_provider.company.arn
}

data "aws_iam_session_context" "app" {
  arn        = "arn:aws:sts::000000000000:assumed-role/app/me"
  depends_on = [aws_iam_role.app]
}

data "aws_iam_principal_policy_simulation" "bob" {
  action_names      = ["sqs:SendMessage"]
  policy_source_arn = aws_iam_user.bob.arn
  resource_arns     = ["arn:aws:sqs:us-east-1:000000000000:dev-1"]
  context {
    key    = "aws:MultiFactorAuthPresent"
    type   = "boolean"
    values = ["true"]
  }
  depends_on = [aws_iam_user_policy.bob]
}

resource "aws_iam_user_ssh_key" "bob" {
  username   = aws_iam_user.bob.name
  encoding   = "SSH"
  public_key = "SSH_KEY"
}

resource "aws_iam_service_specific_credential" "bob" {
  service_name = "codecommit.amazonaws.com"
  user_name    = aws_iam_user.bob.name
}

resource "aws_iam_security_token_service_preferences" "tokens" {
  global_endpoint_token_version = "v2Token"
}

resource "aws_iam_role_policies_exclusive" "app" {
  role_name    = aws_iam_role.app.name
  policy_names = [aws_iam_role_policy.app.name]
}

resource "aws_iam_role_policy_attachments_exclusive" "app" {
  role_name   = aws_iam_role.app.name
  policy_arns = [aws_iam_role_policy_attachment.app.policy_arn]
}

output "looked_up" {
  value = {
    alias    = data.aws_iam_account_alias.alias.account_alias
    crew     = data.aws_iam_users.crew.names
    users    = data.aws_iam_group.developers.users[*].user_name
    boundary = data.aws_iam_role.app.permissions_boundary == aws_iam_policy.queues.arn
    roles    = data.aws_iam_roles.apps.names
    profile  = data.aws_iam_instance_profile.app.role_name
    policy   = data.aws_iam_policy.by_name.arn
    keys     = length(data.aws_iam_access_keys.bob.access_keys)
    clients  = sort(data.aws_iam_openid_connect_provider.ci.client_id_list)
    issuer   = data.aws_iam_session_context.app.issuer_name
    may      = data.aws_iam_principal_policy_simulation.bob.all_allowed
  }
}
"""

LOOKED_UP = {
    "alias": "cloud-course-2",
    "crew": ["alice"],
    "users": ["alice"],
    "boundary": True,
    "roles": ["app"],
    "profile": "app",
    "policy": "arn:aws:iam::000000000000:policy/team/queues",
    "keys": 1,
    "clients": ["app", "sts.amazonaws.com"],
    "issuer": "app",
    "may": True,
}

# An RSA key of 2,048 bits in SSH's format: three strings, each after its length.
SSH_KEY = "ssh-rsa " + base64.b64encode(
    b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-rsa", b"\1\0\1", b"\0" + b"\xc5" * 256))
).decode()

# Metadata has 1,000 characters at least.
METADATA = f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
  entityID="https://idp.example.com"><!-- {"." * 1_000} -->
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAECAwQF</ds:X509Certificate>
    </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>"""


def test_identities_from_plan_to_destroy(cloud, tmp_path):
    (tmp_path / "metadata.xml").write_text(METADATA)
    terraform = Terraform(cloud, tmp_path, ["iam"], CONFIGURATION)
    terraform.apply()
    outputs = {name: output["value"] for name, output in json.loads(terraform("output", "-json")).items()}
    assert outputs["account"] == "000000000000"
    assert "sqs:ListQueues" in outputs["view_only"]
    assert len(outputs["password"]) == 20
    # What Terraform made is true: the key works, and its user is in the group.
    key, secret = outputs["key"]
    assert cloud.client("sts", key, secret).get_caller_identity()["Arn"].endswith(":user/bob")
    [group] = cloud.client("iam").list_groups_for_user(UserName="bob")["Groups"]
    assert group["GroupName"] == "viewers"
    configuration = CONFIGURATION
    for before, after in CHANGES:
        assert before in configuration
        configuration = configuration.replace(before, after)
    terraform.write(configuration + ADDITIONS.replace("SSH_KEY", SSH_KEY))
    # What is there was looked at just now.
    terraform.apply("-refresh=false")
    assert json.loads(terraform("output", "-json", "looked_up")) == LOOKED_UP
    terraform.destroy("-refresh=false")
    summary = cloud.client("iam").get_account_summary()["SummaryMap"]
    kinds = ["Users", "Groups", "Policies", "Roles", "InstanceProfiles", "Providers", "MFADevices"]
    assert {kind: summary[kind] for kind in kinds} == dict.fromkeys(kinds, 0)
