"""The code and the message of every error that an operation's model names, as botocore sees them."""

import pytest

import carriage
from models import operation_model
from test_answers import parsed


QUERY_CODES = {"QueueDoesNotExist": "NonExistentQueue"}


def code_of(shape):
    # The Query code, where the error has one of its own; JSON protocols carry it in a header of compatible services.
    return shape.metadata.get("error", {}).get("code") or shape.name


def is_code(found, expected):
    # SQS's Query codes are no longer in its model; most of them have this in front.
    return found.removeprefix("AWS.SimpleQueueService.") in (expected, QUERY_CODES.get(expected))


def test_errors(peer, spoken, randoms):
    service, name, protocol = spoken
    operation = operation_model(service, name, protocol)
    if not operation.error_shapes:
        pytest.skip("the model names no errors")
    compatible = operation.service_model.is_query_compatible
    _, random = randoms[0]
    for shape in operation.error_shapes:
        alphabet = carriage.alphabet(protocol, None, True)
        message = "".join(random.choices(alphabet, k=random.randint(1, 40)))
        asked = {"service": service, "operation": name, "protocol": protocol, "name": shape.name, "message": message}
        status, headers, body = peer.response("fault", **asked)
        error = parsed(operation, protocol, status, headers, body)["Error"]
        by_code = protocol in carriage.XML or compatible
        expected = code_of(shape) if by_code else shape.name
        assert is_code(error["Code"], expected) and error["Message"] == message, f"{status} {headers} {body}"
        usual = 500 if shape._shape_model.get("fault") else 400
        # SQS's are no longer in its model either.
        assert service == "sqs" or status == shape.metadata.get("error", {}).get("httpStatusCode", usual), shape.name
