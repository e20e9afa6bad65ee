"""Requests as botocore makes them."""

import base64
from urllib.parse import urlsplit

from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.serialize import create_serializer

from models import PROTOCOLS


def sent(operation, protocol, params, millis):
    """The request of botocore's serializer as botocore's HTTP client would send it."""
    precision = "millisecond" if millis and protocol != "Cbor" else "default"
    serializer = create_serializer(PROTOCOLS[protocol], include_validation=False, timestamp_precision=precision)
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
