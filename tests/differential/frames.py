"""Events as frames, which botocore can read and cannot write."""

import binascii
import json
import struct
from xml.etree import ElementTree

from botocore.serialize import create_serializer

from models import PROTOCOLS


def frames(union, protocol, events, millis):
    return b"".join(frame(union, protocol, event, millis) for event in events)


def frame(union, protocol, event, millis):
    """One event: a value of the union, which has one member."""
    [(name, value)] = event.items()
    shape = union.members[name]
    headers = {":message-type": "event", ":event-type": name}
    whole = not any(member.serialization.get("eventpayload") for member in shape.members.values())
    payload = ({}, shape) if whole else (b"", None)
    for member, item in value.items():
        kind = shape.members[member]
        if kind.serialization.get("eventheader"):
            headers[member] = item
        elif kind.serialization.get("eventpayload"):
            payload = item, kind
        else:
            payload[0][member] = item
    return message(headers, body(protocol, *payload, millis))


def body(protocol, value, shape, millis):
    if isinstance(value, (bytes, str)):
        return value.encode() if isinstance(value, str) else value
    precision = "millisecond" if millis and protocol != "Cbor" else "default"
    serializer = create_serializer(PROTOCOLS[protocol], include_validation=False, timestamp_precision=precision)
    if protocol == "RestXml":
        root = ElementTree.Element("")
        serializer._serialize(shape, value, root, shape.name)
        return ElementTree.tostring(root[0])
    if protocol == "Cbor":
        out = bytearray()
        serializer._serialize_data_item(out, value, shape)
        return bytes(out)
    out = {}
    serializer._serialize(out, value, shape)
    return json.dumps(out).encode()


def message(headers, payload):
    head = b"".join(header(name.encode(), value) for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    prelude += struct.pack(">I", binascii.crc32(prelude))
    return prelude + head + payload + struct.pack(">I", binascii.crc32(prelude + head + payload))


def header(name, value):
    """Text; the sampled services have events with no other headers."""
    value = value.encode()
    return struct.pack(">B", len(name)) + name + b"\x07" + struct.pack(">H", len(value)) + value
