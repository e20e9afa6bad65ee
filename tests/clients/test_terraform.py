"""Terraform: apply, a second plan without changes, destroy. Needs terraform on PATH and the aws provider in a local mirror."""

import glob
import json
import os
import pathlib
import shutil
import subprocess

import pytest

CONFIGURATION = """
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_metadata_api_check     = true
  skip_requesting_account_id  = false
  endpoints {
    sqs = "ENDPOINT"
    sts = "ENDPOINT"
  }
}

resource "aws_sqs_queue" "dead" {
  name                      = "dead"
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue" "work" {
  name                       = "work"
  visibility_timeout_seconds = 60
  delay_seconds              = 5
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 4
  })
  tags = { team = "a" }
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.work.arn]
  })
}

resource "aws_sqs_queue" "orders" {
  name                        = "orders.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  deduplication_scope         = "messageGroup"
  fifo_throughput_limit       = "perMessageGroupId"
}

resource "aws_sqs_queue_policy" "work" {
  queue_url = aws_sqs_queue.work.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "topic"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.work.arn
    }]
  })
}

data "aws_caller_identity" "me" {}
output "account" { value = data.aws_caller_identity.me.account_id }
"""

# Terraform's implied local mirrors, and mirrors that administrators keep under /opt.
MIRRORS = ["~/.terraform.d/plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", "/opt/*"]


def mirror():
    for pattern in MIRRORS:
        for folder in glob.glob(os.path.expanduser(pattern)):
            if (pathlib.Path(folder) / "registry.terraform.io/hashicorp/aws").is_dir():
                return folder
    return None


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on PATH")
def test_apply_plan_destroy(cloud, tmp_path):
    folder = mirror()
    if folder is None:
        pytest.skip("no local mirror has the aws provider")
    (tmp_path / "main.tf").write_text(CONFIGURATION.replace("ENDPOINT", cloud.endpoint))
    environment = cloud.environment() | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    environment.pop("AWS_ENDPOINT_URL")
    environment.pop("TF_CLI_CONFIG_FILE", None)

    def terraform(*arguments, allowed=(0,)):
        command = ["terraform", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900)
        assert done.returncode in allowed, done.stdout + done.stderr
        return done

    terraform("init", "-no-color", f"-plugin-dir={folder}")
    terraform("apply", "-auto-approve", "-no-color")
    assert json.loads(terraform("output", "-json").stdout)["account"]["value"] == "000000000000"
    # 0: no changes; 2 would be changes.
    terraform("plan", "-detailed-exitcode", "-no-color")
    terraform("destroy", "-auto-approve", "-no-color")
    assert "QueueUrls" not in cloud.client("sqs").list_queues()
