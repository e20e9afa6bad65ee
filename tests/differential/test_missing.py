"""What a request lacks is named where it is missing, and nothing else is."""

from models import operation_model
from canonical import Kept, canonical
from sending import sent
from values import Values
import carriage


class Loss:
    """Takes some required members out of a value, and keeps the paths where they were."""

    def __init__(self, random, protocol):
        self.random = random
        self.protocol = protocol
        self.paths = set()

    def structure(self, shape, value, path):
        for name in list(value):
            member = shape.members[name]
            here = f"{path}.{name}" if path else name
            # Without what finds the operation there is no operation to lack it.
            movable = not carriage.location(self.protocol, member) and not member.serialization.get("hostLabel")
            # No bytes are a value as well.
            movable = movable and not (carriage.is_rest(self.protocol) and shape.serialization.get("payload") == name)
            if name in shape.required_members and movable and self.random.random() < 0.3:
                del value[name]
                self.paths.add(here)
            else:
                self.value(member, value[name], here)

    def value(self, shape, value, path):
        if shape.type_name == "structure" and not shape.is_document_type:
            self.structure(shape, value, path)
        elif shape.type_name == "list":
            for number, item in enumerate(value, 1):
                self.value(shape.member, item, f"{path}.{number}.member")
        elif shape.type_name == "map":
            for key, item in value.items():
                self.value(shape.value, item, f"{path}.{key}.member")


def test_missing(peer, demanding, randoms):
    service, name, protocol = demanding
    operation = operation_model(service, name, protocol)
    shape = operation.input_shape
    kept = Kept(protocol, answer=False)
    for case, random in randoms:
        values = Values(random, protocol, answer=False)
        params = values.structure(shape)
        loss = Loss(random, protocol)
        loss.structure(shape, params, "")
        whole = canonical(shape, params)
        # What leaves no trace is missed as well.
        if kept.top(shape, whole) != whole:
            continue
        read = peer.ask("decode", service=service, **sent(operation, protocol, params, values.millis))
        found = {path for path, constraint in read["violations"] if constraint == "Required"}
        assert found == loss.paths, f"case {case}: {found ^ loss.paths} for {params!r}"
