"""botocore's models of the sampled services, by the protocol that is to be spoken."""

import copy
import functools

from botocore.loaders import Loader
from botocore.model import ServiceModel

# The peer's names of the protocols, and botocore's.
PROTOCOLS = {
    "Json10": "json",
    "Json11": "json",
    "Query": "query",
    "Ec2": "ec2",
    "RestJson": "rest-json",
    "RestXml": "rest-xml",
    "Cbor": "smithy-rpc-v2-cbor",
}

# SQS's model no longer has the names of its Query protocol; these are those of its last Query model (botocore 1.29.165).
SQS_QUERY_NAMES = {
    "AttributeNameList": "AttributeName",
    "BatchResultErrorEntryList": "BatchResultErrorEntry",
    "BinaryList": "BinaryListValue",
    "MessageAttributeNameList": "MessageAttributeName",
    "MessageList": "Message",
    "MessageSystemAttributeList": "AttributeName",
    "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
    "SendMessageBatchResultEntryList": "SendMessageBatchResultEntry",
    "StringList": "StringListValue",
}


@functools.cache
def _document(service):
    return Loader().load_service_model(service, "service-2")


@functools.cache
def service_model(service, protocol):
    document = _document(service)
    if service == "s3":
        # Any text, for S3; botocore's client falls back to the text as well, in a handler.
        document["shapes"]["Expires"] = {"type": "string"}
    if service == "sqs" and protocol == "Query":
        document = _sqs_query(copy.deepcopy(document))
    return ServiceModel(document, service)


def is_union(shape):
    """DynamoDB's values are unions in all but the model."""
    return shape.is_tagged_union or shape.name == "AttributeValue"


def operation_model(service, operation, protocol):
    return service_model(service, protocol).operation_model(operation)


def _sqs_query(document):
    for name, shape in document["shapes"].items():
        if name in SQS_QUERY_NAMES:
            shape["member"]["locationName"] = SQS_QUERY_NAMES[name]
        if shape["type"] == "map":
            shape["key"]["locationName"], shape["value"]["locationName"] = "Name", "Value"
        for member in shape.get("members", {}).values():
            kind = document["shapes"][member["shape"]]
            if kind["type"] == "map" and kind.get("flattened"):
                member["locationName"] = {
                    "MessageBodyAttributeMap": "MessageAttribute",
                    "MessageBodySystemAttributeMap": "MessageSystemAttribute",
                }.get(member["shape"], "Attribute")
            if member["shape"] in ("StringList", "BinaryList"):
                member["locationName"] = SQS_QUERY_NAMES[member["shape"]]
    for name, operation in document["operations"].items():
        if "output" in operation:
            operation["output"]["resultWrapper"] = f"{name}Result"
    # The old service reads these under one name; a request that has both is no one's.
    del document["shapes"]["ReceiveMessageRequest"]["members"]["MessageSystemAttributeNames"]
    return document
