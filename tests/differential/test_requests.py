"""What botocore serialises, the codecs read as it was meant."""

import json

from canonical import Kept, canonical, differences
from models import operation_model
from sending import sent
from values import Values


def test_request(peer, sampled, randoms):
    service, name, protocol = sampled
    operation = operation_model(service, name, protocol)
    shape = operation.input_shape
    kept = Kept(protocol, answer=False)
    for case, random in randoms:
        values = Values(random, protocol, answer=False)
        params = values.structure(shape) if shape else {}
        request = sent(operation, protocol, params, values.millis)
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
