"""The code and the message of every error that an operation's model names, as botocore sees them."""

import pytest

import carriage
from models import operation_model
from test_answers import parsed


def code_of(shape, protocol):
    # The Query code, where the error has one of its own; JSON protocols carry it in a header of compatible services.
    return shape.metadata.get("error", {}).get("code") or shape.name


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
        expected = code_of(shape, protocol) if by_code else shape.name
        assert (error["Code"], error["Message"]) == (expected, message), f"{status} {headers} {body}"
        assert status == shape.metadata.get("error", {}).get("httpStatusCode", 400), shape.name
