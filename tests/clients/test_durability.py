"""What survives what: kill -9, a clean stop, snapshots, reset."""

import threading

import pytest
from botocore.exceptions import BotoCoreError, ClientError


@pytest.mark.parametrize("rounds", [3])
def test_no_acknowledged_message_is_lost_by_kill_9(durable, rounds):
    url = durable.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    acknowledged = set()
    for round_ in range(rounds):
        enough = threading.Event()

        def send(worker, round_=round_, enough=enough):
            client = durable.client("sqs")
            for number in range(100_000):
                body = f"{round_}-{worker}-{number}"
                try:
                    client.send_message(QueueUrl=url, MessageBody=body)
                except (BotoCoreError, ClientError):
                    return
                acknowledged.add(body)
                if number == 50:
                    enough.set()

        workers = [threading.Thread(target=send, args=[worker]) for worker in range(4)]
        for worker in workers:
            worker.start()
        assert enough.wait(60)
        durable.kill()
        for worker in workers:
            worker.join()
        durable.start()
    client = durable.client("sqs")
    stored = set()
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=43_200).get("Messages"):
        stored.update(message["Body"] for message in messages)
    assert acknowledged <= stored


def test_a_clean_stop_keeps_everything(durable):
    url = durable.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    durable.client("sqs").send_message(QueueUrl=url, MessageBody="kept")
    durable.advance("1h")
    before = durable.control("GET", "clock")["aheadSeconds"]
    assert durable.stop() == 0
    durable.start()
    assert durable.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "kept"
    assert abs(durable.control("GET", "clock")["aheadSeconds"] - before) < 1, "virtual time goes on"


def test_snapshots_bring_a_state_back(durable):
    sqs = durable.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x" * 100_000)
    durable.control("POST", "snapshots/before")
    sqs.purge_queue(QueueUrl=url)
    sqs.create_queue(QueueName="later")
    durable.control("POST", "snapshots/before/restore")
    assert sqs.list_queues()["QueueUrls"] == [url]
    assert len(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"]) == 100_000
    assert [s["name"] for s in durable.control("GET", "snapshots")["snapshots"]] == ["before"]
    durable.control("DELETE", "snapshots/before")
    assert durable.control("GET", "snapshots")["snapshots"] == []


def test_reset_empties_the_cloud(durable):
    sqs = durable.client("sqs")
    sqs.create_queue(QueueName="jobs")
    durable.control("POST", "reset")
    assert "QueueUrls" not in sqs.list_queues()


def test_calls_are_metered_and_audited(cloud):
    sqs = cloud.client("sqs")
    sqs.create_queue(QueueName="jobs")
    with pytest.raises(ClientError):
        sqs.get_queue_url(QueueName="nobody")
    usage = {line["operation"]: line for line in cloud.control("GET", "meter")["usage"]}
    assert usage["CreateQueue"]["calls"] == 1
    assert usage["GetQueueUrl"]["faults"] == 1
    events = cloud.control("GET", "audit")["events"]
    assert [event["eventName"] for event in events] == ["CreateQueue", "GetQueueUrl"]
    assert events[0]["eventSource"] == "sqs.amazonaws.com"
    assert events[0]["requestParameters"]["queueName"] == "jobs"
    assert events[1]["errorCode"] == "AWS.SimpleQueueService.NonExistentQueue"
