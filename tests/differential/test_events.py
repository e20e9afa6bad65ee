"""Streams of events: frames are read into events, written as frames again, and parsed by botocore."""

import base64

from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

from canonical import Kept, canonical, differences
from frames import frames
from models import PROTOCOLS, operation_model
from values import Values


class Stream:
    """A body as botocore's event streams want it, in pieces that end anywhere."""

    def __init__(self, body):
        self.body = body

    def stream(self):
        return (self.body[at : at + 7] for at in range(0, len(self.body), 7))


def test_events(peer, streamed, randoms):
    service, name, protocol = streamed
    operation = operation_model(service, name, protocol)
    shape = operation.output_shape
    stream = shape.event_stream_name
    union = shape.members[stream]
    kept = Kept(protocol, answer=True)
    for case, random in randoms:
        # Read as a request is and written as an answer is: only what both can carry.
        values = Values(random, protocol, answer=False)
        output = canonical(shape, values.structure(shape))
        names = [member for member, event in union.members.items() if event.serialization.get("event")]
        sent = [{n: values.structure(union.members[n], 1)} for n in random.choices(names, k=random.randrange(9))]
        asked = {"service": service, "operation": name, "protocol": protocol, "output": output}
        asked["events"] = base64.b64encode(frames(union, protocol, sent, values.millis)).decode()
        status, headers, body = peer.response("encode", **asked)
        response = {"status_code": status, "headers": HeadersDict(headers), "body": Stream(body)}
        response["context"] = {"operation_name": name}
        read = create_parser(PROTOCOLS[protocol]).parse(response, shape)
        read.pop("ResponseMetadata")
        received = list(read.pop(stream))
        found = list(differences(kept.top(shape, output), kept.top(shape, canonical(shape, read))))
        expected = [kept.top(union, canonical(union, event)) for event in sent]
        found += differences(expected, [kept.top(union, canonical(union, event)) for event in received])
        assert not found, f"case {case}: {found}\nanswered {body}\nfor {sent!r}"
