//! How a service canonicalises paths: S3 and its relatives differ from all others.

/// Whether `service`, a signing name, is of the S3 family.
///
/// For these the path is URI-encoded once and not normalised, the payload hash is the `x-amz-content-sha256` header,
/// and bodies may be `aws-chunked` (IAM User Guide, "Create a signed request"; S3 API reference, "Authenticating Requests").
pub(crate) fn is_s3(service: &str) -> bool {
    matches!(service, "s3" | "s3express" | "s3-object-lambda" | "s3-outposts")
}

/// Services that append `X-Amz-Security-Token` to a presigned URL after signing it
/// (IAM User Guide, "Create a signed request": "for some services ... after you calculate the signature").
pub(crate) fn appends_token_after_signing(service: &str) -> bool {
    service == "iotdevicegateway"
}
