"""What the codecs answer, botocore parses as it was meant."""

import io
import types

from botocore.awsrequest import HeadersDict
from botocore.handlers import parse_get_bucket_location
from botocore.parsers import create_parser

from canonical import Kept, canonical, differences
from models import PROTOCOLS, operation_model
from values import Values


def parsed(operation, protocol, status, headers, body):
    streams = operation.has_streaming_output
    response = {
        "status_code": status,
        "headers": HeadersDict(headers),
        "body": io.BytesIO(body) if streams and status < 300 else body,
        "context": {"operation_name": operation.name},
    }
    read = create_parser(PROTOCOLS[protocol]).parse(response, operation.output_shape)
    if operation.name == "GetBucketLocation":
        # The answer does not follow the model, and botocore reads it in a handler.
        parse_get_bucket_location(read, types.SimpleNamespace(content=body, raw=io.BytesIO(body)))
    return read


def test_answer(peer, answered, randoms):
    service, name, protocol = answered
    operation = operation_model(service, name, protocol)
    shape = operation.output_shape
    kept = Kept(protocol, True, operation.service_model.is_query_compatible)
    for case, random in randoms:
        output = canonical(shape, Values(random, protocol, answer=True).structure(shape)) if shape else {}
        answer = peer.response("encode", service=service, operation=name, protocol=protocol, output=output)
        read = parsed(operation, protocol, *answer)
        metadata = read.pop("ResponseMetadata", {})
        read = canonical(shape, read) if shape else read
        found = list(differences(kept.top(shape, output), kept.top(shape, read)))
        # Without a shape botocore's CBOR parser reads nothing at all.
        if "RequestId" not in metadata and (shape or protocol != "Cbor"):
            found.append("no request id")
        assert not found, f"case {case}: {found}\nanswered {answer}\nfor {output!r}"
