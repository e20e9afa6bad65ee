"""Organizations and Account Management: boto3, and Terraform's resources from apply to destroy."""

import pytest

from terraform import Terraform

CONFIGURATION = """
resource "aws_organizations_organization" "org" {
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"]
  aws_service_access_principals = ["account.amazonaws.com", "guardduty.amazonaws.com"]
}

resource "aws_organizations_organizational_unit" "dev" {
  name      = "dev"
  parent_id = aws_organizations_organization.org.roots[0].id
  tags      = { team = "a" }
}

resource "aws_organizations_account" "dev" {
  name       = "dev"
  email      = "dev@example.com"
  tags       = { stage = "dev" }
  depends_on = [aws_organizations_organization.org]
}

resource "aws_organizations_policy" "deny" {
  name       = "deny"
  content    = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Action = "s3:*", Resource = "*" }] })
  depends_on = [aws_organizations_organization.org]
}

resource "aws_organizations_policy" "tags" {
  name       = "tags"
  type       = "TAG_POLICY"
  content    = jsonencode({ tags = { team = { tag_key = { "@@assign" = "Team" } } } })
  depends_on = [aws_organizations_organization.org]
}

resource "aws_organizations_policy_attachment" "deny" {
  policy_id = aws_organizations_policy.deny.id
  target_id = aws_organizations_organizational_unit.dev.id
}

resource "aws_organizations_policy_attachment" "tags" {
  policy_id = aws_organizations_policy.tags.id
  target_id = aws_organizations_account.dev.id
}

resource "aws_organizations_delegated_administrator" "guardduty" {
  account_id        = aws_organizations_account.dev.id
  service_principal = "guardduty.amazonaws.com"
}

resource "aws_organizations_resource_policy" "readers" {
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${aws_organizations_account.dev.id}:root" }
      Action    = "organizations:ListRoots"
      Resource  = "*"
    }]
  })
}

resource "aws_account_alternate_contact" "security" {
  alternate_contact_type = "SECURITY"
  name                   = "Sam"
  title                  = "CISO"
  email_address          = "sam@example.com"
  phone_number           = "+12065550100"
}

resource "aws_account_primary_contact" "dev" {
  account_id     = aws_organizations_account.dev.id
  full_name      = "Jane Doe"
  address_line_1 = "1 Main Street"
  city           = "Paris"
  postal_code    = "75001"
  country_code   = "FR"
  phone_number   = "+331"
}
"""


def create_account(cloud, organizations, name):
    created = organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
    assert created["State"] == "IN_PROGRESS"
    cloud.advance("1s")
    status = organizations.describe_create_account_status(CreateAccountRequestId=created["Id"])["CreateAccountStatus"]
    assert status["State"] == "SUCCEEDED"
    return status["AccountId"]


def test_a_created_account_has_root_keys_and_is_listed(cloud):
    organizations = cloud.client("organizations")
    organizations.create_organization()
    ids = [create_account(cloud, organizations, name) for name in ("one", "two", "three")]
    member = cloud.client("organizations", key=ids[0])
    assert member.describe_organization()["Organization"]["MasterAccountId"] == "000000000000"
    with pytest.raises(member.exceptions.AccessDeniedException):
        member.list_accounts()
    pages = organizations.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 1})
    assert sorted(["000000000000", *ids]) == [account["Id"] for page in pages for account in page["Accounts"]]


def test_errors_have_their_members(cloud):
    organizations, account = cloud.client("organizations"), cloud.client("account")
    with pytest.raises(organizations.exceptions.AWSOrganizationsNotInUseException):
        organizations.list_roots()
    organizations.create_organization()
    with pytest.raises(organizations.exceptions.InvalidInputException) as error:
        organizations.describe_account(AccountId="12")
    assert error.value.response["Reason"] == "INVALID_PATTERN"
    with pytest.raises(account.exceptions.ValidationException) as error:
        account.enable_region(RegionName="us-east-1")
    assert error.value.response["reason"] == "invalidRegionOptTarget"
    with pytest.raises(account.exceptions.ResourceNotFoundException):
        account.get_alternate_contact(AlternateContactType="BILLING")


def test_terraform(cloud, tmp_path):
    terraform = Terraform(cloud, tmp_path, ["account", "organizations"], CONFIGURATION)
    terraform.apply()
    # Until then an account stays in the organization that created it.
    cloud.advance("4d")
    terraform.destroy()
    organizations = cloud.client("organizations")
    with pytest.raises(organizations.exceptions.AWSOrganizationsNotInUseException):
        organizations.describe_organization()
