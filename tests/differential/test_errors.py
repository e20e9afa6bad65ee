"""Every error that an operation's model names, as botocore sees it: code, message, and the error's other members."""

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

import carriage
from canonical import Kept, canonical, differences
from models import PROTOCOLS, operation_model
from parsing import parsed
from values import Values


QUERY_CODES = {"QueueDoesNotExist": "NonExistentQueue"}


def code_of(shape):
    # The Query code, where the error has one of its own; JSON protocols carry it in a header of compatible services.
    return shape.metadata.get("error", {}).get("code") or shape.name


def is_code(found, expected):
    # SQS's Query codes are no longer in its model; most of them have this in front.
    return found.removeprefix("AWS.SimpleQueueService.") in (expected, QUERY_CODES.get(expected))


def test_errors(peer, refused, randoms):
    service, name, protocol = refused
    operation = operation_model(service, name, protocol)
    compatible = operation.service_model.is_query_compatible
    _, random = randoms[0]
    kept = Kept(protocol, answer=True)
    for shape in operation.error_shapes:
        alphabet = carriage.alphabet(protocol, None, True)
        message = "".join(random.choices(alphabet, k=random.randint(1, 40)))
        detail = canonical(shape, Values(random, protocol, answer=True).structure(shape))
        said = {member: detail.pop(member, "") for member in list(shape.members) if member.lower() == "message"}
        asked = {"service": service, "operation": name, "protocol": protocol, "name": shape.name, "message": message}
        asked["detail"] = detail
        status, headers, body = peer.response("fault", **asked)
        error = parsed(operation, protocol, status, headers, body)["Error"]
        by_code = protocol in carriage.XML or compatible
        expected = code_of(shape) if by_code else shape.name
        assert is_code(error["Code"], expected) and error["Message"] == message, f"{status} {headers} {body}"
        usual = 500 if shape._shape_model.get("fault") else 400
        # SQS's are no longer in its model either.
        assert service == "sqs" or status == shape.metadata.get("error", {}).get("httpStatusCode", usual), shape.name
        modelled = {"status_code": status, "headers": HeadersDict(headers), "body": body}
        modelled = canonical(shape, create_parser(PROTOCOLS[protocol]).parse(modelled, shape))
        for member in said:
            # AWS writes `Message` in XML, whatever the model calls it; above it was read.
            lost = protocol in carriage.XML and member == "message"
            detail |= {} if lost else {member: message}
        found = list(differences(kept.top(shape, detail), kept.top(shape, modelled)))
        assert not found, f"{found}\nanswered {status} {headers} {body}\nfor {shape.name} with {detail}"


@pytest.mark.parametrize("code, status", [("InvalidParameterValue", 400), ("InternalFailure", 500)])
def test_common_errors(peer, sampled, code, status):
    """Errors that no model names: EC2 has no others."""
    service, name, protocol = sampled
    operation = operation_model(service, name, protocol)
    asked = {"service": service, "operation": name, "protocol": protocol, "name": code, "message": "a <b> & c"}
    answered, headers, body = peer.response("fault", **asked)
    error = parsed(operation, protocol, answered, headers, body)["Error"]
    assert (answered, error["Code"], error["Message"]) == (status, code, "a <b> & c"), f"{headers} {body}"
