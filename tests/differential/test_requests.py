"""What botocore serialises, the codecs read as it was meant."""

import base64
import json
from urllib.parse import urlsplit

from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.serialize import create_serializer

from canonical import Kept, canonical, differences
from models import PROTOCOLS, operation_model
from values import Values


def sent(operation, protocol, params):
    """The request of botocore's serializer as botocore's HTTP client would send it."""
    serializer = create_serializer(PROTOCOLS[protocol], include_validation=False)
    request = serializer.serialize_to_request(params, operation)
    # A prefix of the host name is not the codecs' to read.
    request.pop("host_prefix", None)
    own = {name.lower(): str(value) for name, value in request["headers"].items()}
    prepare_request_dict(request, "http://localhost", context={})
    prepared = create_request_object(request).prepare()
    headers = {name.lower(): text(value) for name, value in prepared.headers.items()}
    url = urlsplit(prepared.url)
    body = prepared.body or b""
    body = body.encode() if isinstance(body, str) else body
    return {
        "method": prepared.method,
        "uri": url.path + ("?" + url.query if url.query else ""),
        # Where an input has the length as a member, its value counts and not the body's.
        "headers": list((headers | own).items()),
        "body": base64.b64encode(body).decode(),
    }


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def test_request(peer, sampled, randoms):
    service, name, protocol = sampled
    operation = operation_model(service, name, protocol)
    shape = operation.input_shape
    kept = Kept(protocol, answer=False)
    for case, random in randoms:
        params = Values(random, protocol, answer=False).structure(shape) if shape else {}
        request = sent(operation, protocol, params)
        read = peer.ask("decode", service=service, **request)
        whole = canonical(shape, params) if shape else {}
        expected = kept.top(shape, whole)
        found = list(differences(expected, kept.top(shape, read["input"])))
        if (read["operation"], read["protocol"]) != (name, protocol):
            found.append(f"read as {read['operation']} in {read['protocol']}")
        # Where something was lost, it may be missed.
        if expected == whole:
            found += [f"violation: {violation}" for violation in read["violations"]]
        assert not found, f"case {case}: {found}\nsent {json.dumps(request)}\nfor {params!r}"
