"""The AWS CLI, as a user types it."""


def test_the_tour(cloud):
    assert cloud.aws("sts", "get-caller-identity")["Account"] == "000000000000"
    url = cloud.aws("sqs", "create-queue", "--queue-name", "jobs")["QueueUrl"]
    assert url == f"{cloud.endpoint}/000000000000/jobs"
    assert cloud.aws("sqs", "list-queues")["QueueUrls"] == [url]
    cloud.aws("sqs", "send-message", "--queue-url", url, "--message-body", "hello")
    [message] = cloud.aws("sqs", "receive-message", "--queue-url", url)["Messages"]
    assert message["Body"] == "hello"
    cloud.advance("30s")
    [again] = cloud.aws("sqs", "receive-message", "--queue-url", url)["Messages"]
    assert again["MessageId"] == message["MessageId"]
    cloud.aws("sqs", "delete-message", "--queue-url", url, "--receipt-handle", again["ReceiptHandle"])
    cloud.aws("sqs", "delete-queue", "--queue-url", url)
    assert cloud.aws("sqs", "list-queues") is None


def test_waiting_text_output_and_queries(cloud):
    cloud.aws("sqs", "create-queue", "--queue-name", "q", "--attributes", "DelaySeconds=5", "--tags", "team=a,stage=b")
    url = cloud.aws("sqs", "get-queue-url", "--queue-name", "q", "--query", "QueueUrl")
    attributes = cloud.aws("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]
    assert attributes["DelaySeconds"] == "5"
    assert cloud.aws("sqs", "list-queue-tags", "--queue-url", url)["Tags"] == {"team": "a", "stage": "b"}
