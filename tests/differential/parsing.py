"""Answers as botocore reads them, and more strictly where it would read anything."""

import io
import re
import types

from botocore.awsrequest import HeadersDict
from botocore.handlers import parse_get_bucket_location
from botocore.parsers import create_parser

import carriage
from models import PROTOCOLS

FORMS = {
    "iso8601": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z"),
    "rfc822": re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"),
}


def strict_parser(protocol):
    """botocore takes an instant in any form; ours must have the model's."""
    parser = create_parser(PROTOCOLS[protocol])
    if protocol == "Cbor":
        # Instants are tagged, and botocore takes no others.
        return parser
    parse = parser._handle_timestamp

    def handle(shape, value):
        text = getattr(value, "text", value)
        form = carriage.time_format(protocol, shape, carriage.location(protocol, shape))
        if form in FORMS:
            assert FORMS[form].fullmatch(text), f"{text!r} is not {form}"
        elif protocol.startswith("Json") or protocol == "RestJson":
            assert isinstance(text, (int, float)), f"{text!r} is not a number"
        return parse(shape, value)

    parser._handle_timestamp = handle
    return parser


def parsed(operation, protocol, status, headers, body):
    streams = operation.has_streaming_output
    response = {
        "status_code": status,
        "headers": HeadersDict(headers),
        "body": io.BytesIO(body) if streams and status < 300 else body,
        "context": {"operation_name": operation.name},
    }
    read = strict_parser(protocol).parse(response, operation.output_shape)
    if operation.name == "GetBucketLocation":
        # The answer does not follow the model, and botocore reads it in a handler.
        parse_get_bucket_location(read, types.SimpleNamespace(content=body, raw=io.BytesIO(body)))
    return read
