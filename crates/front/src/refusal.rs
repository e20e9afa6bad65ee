//! Refusals of signatures, in the words of the service that was asked.

use sign::Dialect;
use wire::{Edit, ErrorKind, Fault, Member, Model, Protocol, Schema, Shape, ty};

/// How a service words what is wrong with a signature.
pub(crate) fn dialect(protocol: Protocol, model: Option<&Model>) -> Dialect {
    match protocol {
        Protocol::RestXml if model.is_some_and(Model::is_s3) => Dialect::S3,
        Protocol::Query | Protocol::RestXml => Dialect::Query,
        Protocol::Ec2 => Dialect::Ec2,
        Protocol::Json10 | Protocol::Json11 | Protocol::Cbor => Dialect::Json,
        Protocol::RestJson => Dialect::RestJson,
    }
}

pub(crate) fn refused(fault: &sign::Fault, dialect: Dialect) -> Fault {
    let answer = fault.answer(dialect);
    let mut detail = Detail::default();
    let mut detailed = false;
    for (name, value) in answer.fields {
        if let Some(index) = SCHEMA.index(name)
            && let Edit::Str(text) = detail.edit_member(index)
        {
            *text = value;
            detailed = true;
        }
    }
    let (code, status) = (answer.code, answer.status);
    let fault = ErrorKind { name: code, code, status, sender: true, message: "message" }.fault(answer.message);
    if detailed { fault.with_detail(detail) } else { fault }
}

macro_rules! detail { ($($index:literal $field:ident $element:literal),*) => {
    /// What S3 says beside a message: see `sign::Answer::fields`.
    #[derive(Clone, Default)]
    struct Detail { $($field: Option<String>),* }
    static SCHEMA: Schema = Schema {
        name: "Detail",
        members: &[$(Member::new($element, &ty::STRING)),*],
        ..Schema::EMPTY
    };
    wire::structure!(Detail, SCHEMA $(, $index $field)*);
} }

detail! {
    0 argument_name "ArgumentName",
    1 argument_value "ArgumentValue",
    2 access_key_id "AWSAccessKeyId",
    3 string_to_sign "StringToSign",
    4 signature_provided "SignatureProvided",
    5 string_to_sign_bytes "StringToSignBytes",
    6 canonical_request "CanonicalRequest",
    7 canonical_request_bytes "CanonicalRequestBytes",
    8 token "Token-0",
    9 headers_not_signed "HeadersNotSigned",
    10 region "Region",
    11 request_time "RequestTime",
    12 asked_expiry "X-Amz-Expires",
    13 expires "Expires",
    14 server_time "ServerTime",
    15 max_allowed_skew "MaxAllowedSkewMilliseconds",
    16 client_computed "ClientComputedContentSHA256",
    17 computed "S3ComputedContentSHA256",
    18 chunk "Chunk",
    19 bad_chunk_size "BadChunkSize"
}
