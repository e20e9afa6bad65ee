"""SQS by boto3, which checks the digests of what it sends and receives."""

import threading

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


def code(error):
    return error.value.response["Error"]["Code"]


def test_a_message_goes_round(sqs):
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody="héllo \"wörld\" \t\n",
        MessageAttributes={
            "text": {"DataType": "String", "StringValue": "x"},
            "number": {"DataType": "Number.int", "StringValue": "42"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        },
    )
    [message] = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"]
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == "héllo \"wörld\" \t\n"
    assert message["MessageAttributes"]["bytes"]["BinaryValue"] == b"\x00\xff"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_a_megabyte_goes_round(sqs):
    url = sqs.create_queue(QueueName="large")["QueueUrl"]
    body = "0123456789abcdef" * 65_536
    sqs.send_message(QueueUrl=url, MessageBody=body)
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == body
    with pytest.raises(ClientError) as refused:
        sqs.send_message(QueueUrl=url, MessageBody=body + "x")
    assert code(refused) == "InvalidParameterValue"


def test_batches_fail_in_part(sqs):
    url = sqs.create_queue(QueueName="batch")["QueueUrl"]
    entries = [{"Id": str(n), "MessageBody": f"message {n}", "DelaySeconds": 901 if n == 3 else 0} for n in range(10)]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in answer["Failed"]] == ["3"]
    assert answer["Failed"][0]["SenderFault"] is True
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert len(received) == 9
    handles = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(received)]
    assert len(sqs.delete_message_batch(QueueUrl=url, Entries=handles)["Successful"]) == 9


def test_a_long_poll_ends_when_a_message_comes(cloud, sqs):
    url = sqs.create_queue(QueueName="poll")["QueueUrl"]
    received = []

    def poll():
        client = cloud.client("sqs", read_timeout=60)
        # Each poll ends empty after a second, so the test ends even if arrivals woke nobody; then it fails below.
        received.append(client.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", []))

    poller = threading.Thread(target=poll)
    poller.start()
    # Whether this comes before or during the poll, the poll answers with it; after 20 s it would answer without.
    sqs.send_message(QueueUrl=url, MessageBody="now")
    poller.join()
    assert [message["Body"] for message in received[0]] == ["now"]


def test_time_brings_messages_back(cloud, sqs):
    url = sqs.create_queue(QueueName="hidden")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a", DelaySeconds=900)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    cloud.advance("15m")
    [first] = sqs.receive_message(QueueUrl=url, VisibilityTimeout=3_600)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    cloud.advance("1h")
    [again] = sqs.receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount"])["Messages"]
    assert again["MessageId"] == first["MessageId"]
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    cloud.advance("4d")
    assert "Messages" not in sqs.receive_message(QueueUrl=url), "the retention period is over"


def test_fifo_keeps_order_and_drops_duplicates(sqs):
    url = sqs.create_queue(
        QueueName="orders.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    )["QueueUrl"]
    for body in ["1", "2", "2", "3"]:
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    batch = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)["Messages"]
    assert [message["Body"] for message in batch] == ["1", "2"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url), "the group is blocked"
    for message in batch:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "3"


def test_dead_letters_and_back(cloud, sqs):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"1"}}'
    url = sqs.create_queue(QueueName="work", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    [letter] = sqs.receive_message(QueueUrl=dead, VisibilityTimeout=0, AttributeNames=["All"])["Messages"]
    assert letter["Attributes"]["DeadLetterQueueSourceArn"].endswith(":work")
    sqs.start_message_move_task(SourceArn=arn)
    cloud.advance("1s")
    assert sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]["Status"] == "COMPLETED"
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "poison"


def test_accounts_are_apart_and_policies_open_queues(cloud, sqs):
    url = sqs.create_queue(QueueName="shared")["QueueUrl"]
    stranger = cloud.client("sqs", key="111122223333")
    assert "QueueUrls" not in stranger.list_queues()
    with pytest.raises(ClientError) as refused:
        stranger.send_message(QueueUrl=url, MessageBody="x")
    assert code(refused) in ("AccessDenied", "AccessDeniedException")
    sqs.add_permission(QueueUrl=url, Label="in", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
    stranger.send_message(QueueUrl=url, MessageBody="x")
    with pytest.raises(ClientError):
        stranger.receive_message(QueueUrl=url)


def test_errors_have_their_codes(sqs):
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as missing:
        sqs.get_queue_url(QueueName="nobody")
    assert code(missing) == "AWS.SimpleQueueService.NonExistentQueue"
    url = sqs.create_queue(QueueName="errors")["QueueUrl"]
    with pytest.raises(ClientError) as many:
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=11)
    assert code(many) == "InvalidParameterValue"
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="nonsense")


def test_paging_visits_every_queue(sqs):
    names = {f"page-{n:03}" for n in range(25)}
    for name in names:
        sqs.create_queue(QueueName=name)
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix="page-", PaginationConfig={"PageSize": 10})
    assert {url.rsplit("/", 1)[1] for page in pages for url in page.get("QueueUrls", [])} == names
