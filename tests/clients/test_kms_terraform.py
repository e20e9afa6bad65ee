"""Terraform's KMS resources: apply, a second plan without changes, destroy."""

import shutil
import subprocess

import pytest

from test_terraform import mirror

CONFIGURATION = """
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}

provider "aws" {
  region                     = "us-east-1"
  access_key                 = "test"
  secret_key                 = "test"
  skip_metadata_api_check    = true
  skip_requesting_account_id = false
  endpoints {
    iam = "ENDPOINT"
    kms = "ENDPOINT"
    sqs = "ENDPOINT"
    sts = "ENDPOINT"
  }
}

data "aws_caller_identity" "me" {}

resource "aws_kms_key" "main" {
  description             = "main"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  rotation_period_in_days = 180
  tags                    = { team = "a" }
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "account"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_alias" "main" {
  name          = "alias/main"
  target_key_id = aws_kms_key.main.key_id
}

resource "aws_kms_key" "signing" {
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = 7
}

resource "aws_iam_role" "worker" {
  name = "worker"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_kms_grant" "worker" {
  name              = "worker"
  key_id            = aws_kms_key.main.key_id
  grantee_principal = aws_iam_role.worker.arn
  operations        = ["Encrypt", "Decrypt", "GenerateDataKey"]
  constraints {
    encryption_context_equals = { app = "shop" }
  }
}

resource "aws_sqs_queue" "jobs" {
  name              = "jobs"
  kms_master_key_id = aws_kms_alias.main.name
}
"""


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on PATH")
def test_apply_plan_destroy(cloud, tmp_path):
    folder = mirror()
    if folder is None:
        pytest.skip("no local mirror has the aws provider")
    (tmp_path / "main.tf").write_text(CONFIGURATION.replace("ENDPOINT", cloud.endpoint))
    environment = cloud.environment() | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    environment.pop("AWS_ENDPOINT_URL")
    environment.pop("TF_CLI_CONFIG_FILE", None)

    def terraform(*arguments):
        command = ["terraform", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stdout + done.stderr

    terraform("init", "-no-color", f"-plugin-dir={folder}")
    terraform("apply", "-auto-approve", "-no-color")
    # 0: no changes; 2 would be changes.
    terraform("plan", "-detailed-exitcode", "-no-color")
    terraform("destroy", "-auto-approve", "-no-color")
    kms = cloud.client("kms")
    keys = [key["KeyId"] for key in kms.list_keys()["Keys"]]
    assert {kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] for key in keys} == {"PendingDeletion"}
