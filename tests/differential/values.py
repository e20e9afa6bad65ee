"""Random values of a model's shapes, within the constraints that the model states (patterns aside)."""

import datetime
import math
import struct

from botocore.utils import is_json_value_header

import carriage
from models import is_union

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
# Below the year 1000 Python does not write years in four digits.
OLDEST, NEWEST = -30_610_224_000, 253_402_300_799
MAX_DEPTH = 5


class Values:
    def __init__(self, random, protocol, answer):
        self.random = random
        self.protocol = protocol
        self.answer = answer
        # The precision of botocore's serializer; some clients have one, some the other.
        self.millis = random.random() < 0.5

    def structure(self, shape, depth=0):
        if shape.is_document_type:
            return self.document()
        names = list(shape.members)
        if is_union(shape):
            names = [self.union_member(shape, names, depth)]
        else:
            some = self.random.choice([0.1, 0.5, 0.9]) if depth < MAX_DEPTH else 0
            required = shape.required_members
            names = [name for name in names if name in required or self.random.random() < some]
        return {name: self.value(shape.members[name], depth + 1) for name in names if self.carried(shape.members[name])}

    def carried(self, shape):
        # Streams of events are in frames.py.
        return not shape.serialization.get("eventstream")

    def union_member(self, shape, names, depth):
        if depth >= MAX_DEPTH:
            flat = [n for n in names if shape.members[n].type_name not in ("structure", "list", "map")]
            names = flat or names
        return self.random.choice(names)

    def value(self, shape, depth, place=None):
        place = place or carriage.location(self.protocol, shape)
        make = getattr(self, f"a_{shape.type_name}", None)
        if make:
            return make(shape, depth, place)
        return self.scalar(shape, place)

    def a_structure(self, shape, depth, place):
        return self.structure(shape, depth)

    def a_list(self, shape, depth, place):
        sparse = shape._shape_model.get("sparse") and self.answer
        items = range(self.size(shape, depth))
        if sparse:
            return [None if self.random.random() < 0.3 else self.value(shape.member, depth + 1, place) for _ in items]
        return [self.value(shape.member, depth + 1, place) for _ in items]

    def a_map(self, shape, depth, place):
        sparse = shape._shape_model.get("sparse") and shape.value.type_name == "string"
        out = {}
        for _ in range(self.size(shape, depth)):
            key = self.header_name() if place == "headers" else self.value(shape.key, depth + 1, place)
            value = self.value(shape.value, depth + 1, place)
            out[key] = None if sparse and self.random.random() < 0.3 else value
        return out

    def size(self, shape, depth):
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1_000)
        wanted = self.random.choice([0, 1, 1, 2, 3]) if depth < MAX_DEPTH else 0
        if self.random.random() < 0.02 and depth < 3:
            wanted = 11  # Two digits in Query's numbers.
        return max(least, min(wanted, most))

    def scalar(self, shape, place):
        kind = shape.type_name
        if kind in ("string", "character"):
            return self.string(shape, place)
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind in ("integer", "long"):
            return self.integer(shape, place)
        if kind in ("float", "double"):
            return self.float(kind, shape)
        if kind == "timestamp":
            return self.timestamp(shape, place)
        if kind == "blob":
            return self.blob(shape)
        raise NotImplementedError(kind)

    def string(self, shape, place):
        if is_json_value_header(shape):
            return self.document()
        if shape.enum:
            return self.random.choice(shape.enum)
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 30)
        if place == "uri" or shape.serialization.get("hostLabel"):
            least = max(least, 1)
        length = self.random.choice([0, 1, 2, 5, 12, 40]) if self.random.random() < 0.98 else 3_000
        if place in ("header", "headers"):
            length = max(1, min(length, 40))
        length = max(least, min(length, most))
        if shape.serialization.get("hostLabel"):
            return "".join(self.random.choices("abc019-.", k=length - 1)) + "x"
        alphabet = carriage.alphabet(self.protocol, place, self.answer)
        if self.random.random() < 0.3:
            alphabet = carriage.PLAIN
        text = "".join(self.random.choices(alphabet, k=length))
        if place in ("header", "headers"):
            # Headers lose the white space around them, and items of a list what separates them.
            text = text.replace(" ", "_")
            return text.replace(",", "-").replace('"', "-") if self.answer else text
        return text

    def header_name(self):
        return "".join(self.random.choices("abcxyz019-_", k=self.random.randint(1, 12)))

    def integer(self, shape, place):
        if place == "statusCode":
            return self.random.choice([200, 201, 202, 204, 299])
        bits = 63 if shape.type_name == "long" else 31
        least = int(shape.metadata.get("min", -(1 << bits)))
        most = int(shape.metadata.get("max", (1 << bits) - 1))
        usual = [0, 1, -1, 23, 24, 255, 256, 65_536, 1 << 31, -(1 << 31), 1 << 53, (1 << 53) + 1, least, most]
        return self.random.choice([n for n in usual if least <= n <= most] + [self.random.randint(least, most)])

    def float(self, kind, shape):
        least, most = float(shape.metadata.get("min", "-inf")), float(shape.metadata.get("max", "inf"))
        usual = [0.0, 1.0, -1.5, 0.1, 1e-7, 1e16, 1e17, 1e22, 123456789.125, 16777217.0]
        extreme = [1.7976931348623157e308, 5e-324] if kind == "double" else [3.4028234663852886e38, 1e-45]
        special = [math.inf, -math.inf, math.nan]
        number = self.random.choice(usual + extreme + special + [self.random.uniform(-1e6, 1e6)])
        if not least <= number <= most:
            number = max(least, min(0.5, most))
        return struct.unpack("f", struct.pack("f", number))[0] if kind == "float" else number

    def timestamp(self, shape, place):
        unit = carriage.time_unit(self.protocol, shape, place, self.answer, self.millis)
        oldest = 0 if self.protocol == "Cbor" and not self.answer else OLDEST  # botocore's CBOR has no older ones.
        seconds = self.random.choice([0, 1, 951_782_400, 1_769_860_800, NEWEST, self.random.randint(oldest, NEWEST)])
        micros = self.random.choice([0, 0, 1, 500_000, 999_999, self.random.randrange(1_000_000)])
        return EPOCH + datetime.timedelta(seconds=seconds, microseconds=micros // unit * unit)

    def blob(self, shape):
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 30)
        length = max(least, min(self.random.choice([0, 1, 2, 3, 30, 300]), most))
        if self.answer and not shape.serialization.get("streaming"):
            # botocore takes a body that is a blob for UTF-8 (which is wrong, and for its users to live with).
            return bytes(self.random.choices(b"abc<>&\"\\ \n\x00", k=length))
        return self.random.randbytes(length)

    def document(self, depth=0):
        kind = self.random.randrange(7 if depth < 3 else 5)
        if kind == 5 or depth == 0:
            keys = ("".join(self.random.choices(carriage.ANYTHING, k=3)) for _ in range(self.random.randrange(4)))
            return {key: self.document(depth + 1) for key in keys}
        if kind == 6:
            return [self.document(depth + 1) for _ in range(self.random.randrange(4))]
        text = "".join(self.random.choices(carriage.ANYTHING, k=self.random.randrange(9)))
        number = self.random.choice([0, -1, 1 << 62, 10])
        return [None, True, number, self.random.choice([0.5, -1e300, 1e-9]), text][kind]
