"""What the codecs answer, botocore parses as it was meant."""

from canonical import Kept, canonical, differences
from models import operation_model
from parsing import parsed
from values import Values


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
