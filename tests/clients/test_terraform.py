"""Terraform's resources of SQS: apply, a second plan without changes, destroy."""

import json

from terraform import Terraform

CONFIGURATION = """
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


def test_apply_plan_destroy(cloud, tmp_path):
    terraform = Terraform(cloud, tmp_path, ["sqs"], CONFIGURATION)
    terraform.apply()
    assert json.loads(terraform("output", "-json"))["account"]["value"] == "000000000000"
    terraform.destroy()
    assert "QueueUrls" not in cloud.client("sqs").list_queues()
