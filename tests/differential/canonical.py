"""Values as the peer writes them, and what of them a protocol keeps."""

import base64
import datetime
import json
import math
import struct

from botocore.utils import is_json_value_header

import carriage
from values import EPOCH


def canonical(shape, value):
    """botocore's value as JSON: blobs as base64, instants as microseconds, special floats by name."""
    kind = shape.type_name
    if value is None or kind == "structure" and shape.is_document_type:
        return value
    if kind == "structure":
        return {name: canonical(shape.members[name], item) for name, item in value.items() if item is not None}
    if kind == "list":
        return [canonical(shape.member, item) for item in value]
    if kind == "map":
        return {key: canonical(shape.value, item) for key, item in value.items()}
    if kind == "blob":
        value = value.read() if hasattr(value, "read") else value
        return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()
    if kind == "timestamp":
        return (value - EPOCH) // datetime.timedelta(microseconds=1)
    if kind in ("float", "double"):
        return special(value)
    if is_json_value_header(shape):
        return json.dumps(value)
    return value


def special(number):
    if isinstance(number, str):
        return number
    if math.isnan(number):
        return "NaN"
    return number if math.isfinite(number) else "Infinity" if number > 0 else "-Infinity"


HTTP = ("content-type", "content-length")


class Kept:
    """Drops from canonical values what a protocol cannot tell apart; both sides of a comparison go through it."""

    def __init__(self, protocol, answer, left_query=False):
        self.protocol = protocol
        self.answer = answer
        # The service once spoke Query, where the lists and maps of an answer are not there when they are empty.
        self.left_query = left_query and answer and protocol.startswith("Json")

    def top(self, shape, value):
        value = self.structure(shape, value) if shape else {}
        if self.left_query:
            value = {name: item for name, item in value.items() if item not in ([], {}) or self.is_structure(shape, name)}
        return value

    def is_structure(self, shape, name):
        return shape.members[name].type_name == "structure"

    def structure(self, shape, value):
        if shape.is_document_type:
            return value
        out = {}
        for name, item in value.items():
            member = shape.members[name]
            item = self.value(member, item, carriage.location(self.protocol, member))
            payload = carriage.is_rest(self.protocol) and shape.serialization.get("payload") == name
            if not self.is_lost(member, item, payload):
                out[name] = item
        return out

    def is_lost(self, shape, value, payload):
        """Members that, with this value, leave no trace or the same as without one."""
        place = carriage.location(self.protocol, shape)
        # No body, or an empty one: the same bytes.
        if (payload or shape.serialization.get("eventpayload")) and value in ("", {}):
            return True
        # HTTP has these in every message.
        if place == "statusCode" or place == "header" and shape.serialization["name"].lower() in HTTP:
            return True
        # No item, no header and no parameter.
        if place in ("header", "headers", "querystring") and value in ([], {}):
            return True
        if self.protocol not in carriage.XML:
            return False
        if self.protocol == "RestXml" or self.answer:
            # Without an element around them, no item is no element.
            return bool(shape.serialization.get("flattened")) and value in ([], {})
        # Parameters are scalars: no member is no parameter. Query, unlike EC2, has a parameter for an empty list.
        if value == [] and shape.serialization.get("flattened") and shape.member.serialization.get("name"):
            # botocore sends the empty list by the member's name, others by the item's: a name that no one reads.
            return True
        return value == {} or self.protocol == "Ec2" and value == []

    def value(self, shape, value, place):
        kind = shape.type_name
        if value is None:
            return None
        if kind == "structure":
            return self.structure(shape, value)
        if kind == "list":
            items = [self.value(shape.member, item, place) for item in value]
            if self.protocol in ("Query", "Ec2") and not self.answer:
                # An item without parameters closes its gap.
                items = [i for i in items if i != {} and (self.protocol == "Query" or i != [])]
                return items or ({} if value else [])
            return items
        if kind == "map":
            return {key: self.value(shape.value, item, place) for key, item in value.items()}
        if kind == "timestamp":
            # botocore reads numbers as floats, which are inexact after the milliseconds.
            return (value + 500) // 1_000 * 1_000 if self.answer else value
        if kind in ("float", "double") and not isinstance(value, str):
            value = float(value)
            return struct.unpack("f", struct.pack("f", value))[0] if kind == "float" else value
        if kind == "blob" and isinstance(value, bytes):
            return base64.b64encode(value).decode()
        if is_json_value_header(shape):
            return json.loads(value)
        return value


def differences(expected, actual, path=""):
    """Where two canonical values differ, in words."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() | actual.keys()):
            if key not in actual:
                yield f"{path}.{key}: lost {expected[key]!r}"
            elif key not in expected:
                yield f"{path}.{key}: appeared as {actual[key]!r}"
            else:
                yield from differences(expected[key], actual[key], f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, pair in enumerate(zip(expected, actual)):
            yield from differences(*pair, f"{path}[{index}]")
    elif expected != actual or isinstance(expected, bool) != isinstance(actual, bool):
        yield f"{path}: {expected!r} became {actual!r}"
