"""What a protocol can carry in each place of a message: which characters, and how exact an instant."""

REST = ("RestJson", "RestXml")
XML = ("Query", "Ec2", "RestXml")

PLAIN = "abcXYZ019 -_.~"
MARKUP = "\"'<>&;=%+/\\?#,:{}[]()*$!@|^`"
FOREIGN = "äßéñЖ中あ😀𝄞\u00a0\u2028\u200d\ufffd"
CONTROLS = "\x00\x01\x08\x0b\x1f\x7f\x85"
WHITE = "\t\n"

# What XML 1.0 has characters for. A carriage return stands for itself only where it is written as a reference, which
# botocore's serializer does not do (its client does, in a handler of its own).
IN_XML = PLAIN + MARKUP + FOREIGN + WHITE + "\x7f\x85"
ANYTHING = PLAIN + MARKUP + FOREIGN + WHITE + "\r" + CONTROLS
IN_HEADER = PLAIN + MARKUP


def is_rest(protocol):
    return protocol in REST


def location(protocol, shape):
    """Where a member is; only the REST protocols care."""
    return shape.serialization.get("location") if is_rest(protocol) else None


def alphabet(protocol, place, answer):
    if place in ("header", "headers"):
        return IN_HEADER
    if place in ("uri", "querystring"):
        return ANYTHING
    if protocol == "RestXml" and not answer:
        return IN_XML
    if protocol in XML and answer:
        return IN_XML + "\r"
    return ANYTHING


def time_format(protocol, shape, place):
    fixed = shape.serialization.get("timestampFormat")
    if fixed and protocol != "Cbor":
        return fixed.lower()
    if place == "header":
        return "rfc822"
    if place in ("uri", "querystring"):
        return "iso8601"
    return "iso8601" if protocol in XML else "unixtimestamp"


def time_unit(protocol, shape, place, answer, millis=True):
    """The microseconds of the smallest step that an instant can take.

    botocore has two precisions: microseconds in ISO 8601 and seconds elsewhere, or `millis` in both; it has none of them
    in headers and CBOR. We write milliseconds everywhere but in RFC 822.
    """
    form = time_format(protocol, shape, place)
    if form == "rfc822":
        return 1_000_000
    if answer:
        return 1_000
    if place == "header" or protocol == "Cbor":
        return 1_000_000
    if millis:
        return 1_000
    return 1 if form == "iso8601" else 1_000_000
