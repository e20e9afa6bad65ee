//! Faults that S3 answers and its model does not name (S3 API reference, "Error responses"), and its sentences.

use wire::{BodyError, ErrorKind, Fault, Shape};

macro_rules! faults { ($($kind:ident, $make:ident = $code:literal $status:literal $message:literal;)*) => {$(
    pub static $kind: ErrorKind =
        ErrorKind { name: $code, code: $code, status: $status, sender: $status < 500, message: "message" };
    pub fn $make() -> Fault { Fault::new(&$kind, $message) }
)*} }

faults! {
    ACCESS_DENIED, access_denied = "AccessDenied" 403 "Access Denied";
    ACL_WITH_BLOCK, acl_with_block = "InvalidBucketAclWithBlockPublicAccessError" 400
        "Bucket cannot have public ACLs set with BlockPublicAccess enabled";
    ACCESS_POINT_OWNED, access_point_owned = "AccessPointAlreadyOwnedByYou" 409
        "Your previous request to create the named accesspoint succeeded and you already own it.";
    ACL_WITH_OWNERSHIP, acl_with_ownership = "InvalidBucketAclWithObjectOwnership" 400
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
    BAD_DIGEST, bad_digest = "BadDigest" 400 "The Content-MD5 you specified did not match what we received.";
    BUCKET_HAS_ACCESS_POINTS, bucket_has_access_points = "BucketHasAccessPointsAttached" 400
        "Bucket has access points attached and cannot be deleted.";
    BUCKET_NOT_EMPTY, bucket_not_empty = "BucketNotEmpty" 409 "The bucket you tried to delete is not empty";
    ENTITY_TOO_LARGE, entity_too_large = "EntityTooLarge" 400
        "Your proposed upload exceeds the maximum allowed size";
    ENTITY_TOO_SMALL, entity_too_small = "EntityTooSmall" 400
        "Your proposed upload is smaller than the minimum allowed size";
    INCOMPLETE_BODY, incomplete_body = "IncompleteBody" 400
        "You did not provide the number of bytes specified by the Content-Length HTTP header";
    INVALID_ACCESS_POINT, invalid_access_point = "InvalidAccessPoint" 400
        "The specified access point name or account is not valid.";
    INVALID_ACCESS_POINT_ALIAS, invalid_access_point_alias = "InvalidAccessPointAliasError" 400
        "The specified access point alias name is not valid.";
    INVALID_DIGEST, invalid_digest = "InvalidDigest" 400 "The Content-MD5 you specified was invalid.";
    INVALID_PART, invalid_part = "InvalidPart" 400
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    INVALID_PART_ORDER, invalid_part_order = "InvalidPartOrder" 400
        "The list of parts was not in ascending order. Parts must be ordered by part number.";
    INVALID_PART_NUMBER, invalid_part_number = "InvalidPartNumber" 416
        "The requested partnumber is not satisfiable";
    INVALID_RANGE, invalid_range = "InvalidRange" 416 "The requested range is not satisfiable";
    KEY_TOO_LONG, key_too_long = "KeyTooLongError" 400 "Your key is too long";
    MALFORMED_ACL, malformed_acl = "MalformedACLError" 400
        "The XML you provided was not well-formed or did not validate against our published schema";
    MALFORMED_XML, malformed_xml = "MalformedXML" 400
        "The XML you provided was not well-formed or did not validate against our published schema";
    METADATA_TOO_LARGE, metadata_too_large = "MetadataTooLarge" 400
        "Your metadata headers exceed the maximum allowed metadata size";
    METHOD_NOT_ALLOWED, method_not_allowed = "MethodNotAllowed" 405
        "The specified method is not allowed against this resource.";
    MISSING_CONTENT_LENGTH, missing_content_length = "MissingContentLength" 411
        "You must provide the Content-Length HTTP header.";
    MISSING_SECURITY_HEADER, missing_security_header = "MissingSecurityHeader" 400
        "Your request was missing a required header";
    NO_LOCK_CONFIGURATION, no_lock_configuration = "ObjectLockConfigurationNotFoundError" 404
        "Object Lock configuration does not exist for this bucket";
    NO_OWNERSHIP_CONTROLS, no_ownership_controls = "OwnershipControlsNotFoundError" 404
        "The bucket ownership controls were not found";
    NO_PUBLIC_ACCESS_BLOCK, no_public_access_block = "NoSuchPublicAccessBlockConfiguration" 404
        "The public access block configuration was not found";
    NO_SUCH_ACCESS_POINT, no_such_access_point_plain = "NoSuchAccessPoint" 404
        "The specified accesspoint does not exist";
    NO_SUCH_ACCESS_POINT_POLICY, no_such_access_point_policy_plain = "NoSuchAccessPointPolicy" 404
        "The specified accesspoint policy does not exist";
    NO_SUCH_BUCKET_POLICY, no_such_bucket_policy = "NoSuchBucketPolicy" 404 "The bucket policy does not exist";
    NO_SUCH_LOCK, no_such_lock = "NoSuchObjectLockConfiguration" 404
        "The specified object does not have a ObjectLock configuration";
    NO_SUCH_RESOURCE, no_such_resource = "NoSuchResource" 404 "The specified resource doesn't exist.";
    NO_SUCH_TAG_SET, no_such_tag_set = "NoSuchTagSet" 404 "The TagSet does not exist";
    NO_SUCH_VERSION, no_such_version = "NoSuchVersion" 404 "The specified version does not exist.";
    NO_REPLICATION, no_replication = "ReplicationConfigurationNotFoundError" 404
        "The replication configuration was not found";
    NOT_MODIFIED, not_modified = "NotModified" 304 "Not Modified";
    OPERATION_ABORTED, operation_aborted = "OperationAborted" 409
        "A conflicting conditional operation is currently in progress against this resource. Try again.";
    PRECONDITION_FAILED, precondition_failed_plain = "PreconditionFailed" 412
        "At least one of the pre-conditions you specified did not hold";
    MALFORMED_POST_REQUEST, malformed_post_request = "MalformedPOSTRequest" 400
        "The body of your POST request is not well-formed multipart/form-data.";
    MAX_POST_PRE_DATA_LENGTH, max_post_pre_data_length = "MaxPostPreDataLengthExceededError" 400
        "Your POST request fields preceding the upload file were too large.";
    NO_SUCH_CORS_CONFIGURATION, no_such_cors_configuration = "NoSuchCORSConfiguration" 404
        "The CORS configuration does not exist";
    NO_SUCH_WEBSITE_CONFIGURATION, no_such_website_configuration = "NoSuchWebsiteConfiguration" 404
        "The specified bucket does not have a website configuration";
    TOO_MANY_ACCESS_POINTS, too_many_access_points = "TooManyAccessPoints" 400
        "You have attempted to create more access points than are allowed for an account.";
    TOO_MANY_TAGS, too_many_tags = "TooManyTags" 400 "The number of tags exceeds the limit of 50 tags.";
    TOO_MANY_BUCKETS, too_many_buckets = "TooManyBuckets" 400
        "You have attempted to create more buckets than allowed";
}

/// Errors whose sentence depends on what is wrong.
macro_rules! kinds { ($($kind:ident = $code:literal $status:literal;)*) => {$(
    pub static $kind: ErrorKind =
        ErrorKind { name: $code, code: $code, status: $status, sender: true, message: "message" };
)*} }

kinds! {
    ACCESS_FORBIDDEN = "AccessForbidden" 403;
    ACL_NOT_SUPPORTED = "AccessControlListNotSupported" 400;
    BAD_REQUEST = "BadRequest" 400;
    CROSS_LOCATION_LOGGING_PROHIBITED = "CrossLocationLoggingProhibited" 403;
    ID_MISMATCH = "IdMismatch" 400;
    ILLEGAL_LOCATION = "IllegalLocationConstraintException" 400;
    INCORRECT_ENDPOINT = "IncorrectEndpoint" 400;
    INVALID_ARGUMENT = "InvalidArgument" 400;
    INVALID_BUCKET_NAME = "InvalidBucketName" 400;
    INVALID_BUCKET_STATE = "InvalidBucketState" 409;
    INVALID_CONFIGURATION_ID = "InvalidConfigurationId" 400;
    INVALID_ENCRYPTION_ALGORITHM = "InvalidEncryptionAlgorithmError" 400;
    INVALID_LOCATION = "InvalidLocationConstraint" 400;
    INVALID_REDIRECT_LOCATION = "InvalidRedirectLocation" 400;
    INVALID_REQUEST = "InvalidRequest" 400;
    INVALID_STORAGE_CLASS = "InvalidStorageClass" 400;
    INVALID_TAG = "InvalidTag" 400;
    INVALID_TARGET_BUCKET_FOR_LOGGING = "InvalidTargetBucketForLogging" 400;
    MALFORMED_POLICY = "MalformedPolicy" 400;
    NO_SUCH_CONFIGURATION = "NoSuchConfiguration" 404;
    NO_SUCH_LIFECYCLE_CONFIGURATION = "NoSuchLifecycleConfiguration" 404;
    PERMANENT_REDIRECT = "PermanentRedirect" 301;
    POLICY_TOO_LARGE = "PolicyTooLarge" 400;
    RESTORE_ALREADY_IN_PROGRESS = "RestoreAlreadyInProgress" 409;
    TOO_MANY_CONFIGURATIONS = "TooManyConfigurations" 400;
    UNEXPECTED_CONTENT = "UnexpectedContent" 400;
}

/// The elements that an error has beside its code and message, in their order: `<BucketName>b</BucketName>`.
macro_rules! details { ($($(#[$doc:meta])* $name:ident { $($index:literal $field:ident $element:literal),* })*) => {$(
    $(#[$doc])*
    #[derive(Default, Clone)]
    pub struct $name { $(pub $field: Option<String>),* }
    const _: () = {
        static SCHEMA: wire::Schema = wire::Schema {
            name: stringify!($name),
            members: &[$(wire::Member::new($element, &wire::ty::STRING)),*],
            ..wire::Schema::EMPTY
        };
        wire::structure!($name, SCHEMA $(, $index $field)*);
    };
)*} }

details! {
    /// Of errors about an access point.
    OfAccessPoint { 0 access_point_name "AccessPointName" }
    /// Of errors about a bucket.
    OfBucket { 0 bucket_name "BucketName" }
    /// Of errors about an object.
    OfKey { 0 key "Key" }
    /// Of errors about a value.
    OfArgument { 0 argument_name "ArgumentName", 1 argument_value "ArgumentValue" }
    /// Of conditions that do not hold.
    OfCondition { 0 condition "Condition" }
    /// Of a bucket that is elsewhere.
    OfEndpoint { 0 endpoint "Endpoint", 1 bucket "Bucket" }
    /// Of a configuration that is not there.
    OfVersion { 0 key "Key", 1 version_id "VersionId" }
    /// Of a range that an object does not have.
    OfRange { 0 range_requested "RangeRequested", 1 actual_object_size "ActualObjectSize" }
    /// Of an upload that is not there.
    OfUpload { 0 upload_id "UploadId" }
    /// Of a key.
    OfLength { 0 size "Size", 1 max_size_allowed "MaxSizeAllowed" }
    /// Of an upload that is too large.
    OfUploadSize { 0 proposed_size "ProposedSize", 1 max_size_allowed "MaxSizeAllowed" }
    /// Of a digest that is none.
    OfDigest { 0 digest "Content-MD5" }
    /// Of a part that an object does not have.
    OfPart { 0 part_number_requested "PartNumberRequested", 1 actual_part_count "ActualPartCount" }
    /// Of parts that an upload does not have, or not in this order.
    OfListed { 0 upload_id "UploadId", 1 part_number "PartNumber", 2 e_tag "ETag" }
    /// Of a part that is too small.
    OfPartSize {
        0 proposed_size "ProposedSize", 1 min_size_allowed "MinSizeAllowed", 2 part_number "PartNumber", 3 e_tag "ETag"
    }
    /// Of what a page may not do.
    OfCors { 0 method "Method", 1 resource_type "ResourceType" }
    /// Of a browser's form, whatever is wrong with it.
    OfForm {
        0 argument_name "ArgumentName",
        1 argument_value "ArgumentValue",
        2 access_key_id "AWSAccessKeyId",
        3 string_to_sign "StringToSign",
        4 signature_provided "SignatureProvided",
        5 string_to_sign_bytes "StringToSignBytes",
        6 token "Token-0",
        7 proposed_size "ProposedSize",
        8 max_size_allowed "MaxSizeAllowed",
        9 min_size_allowed "MinSizeAllowed"
    }
    /// Of a policy that is none.
    OfPolicy { 0 detail "Detail" }
    /// Of a header that is not built.
    OfHeader { 0 header "Header" }
}

pub fn no_such_bucket(name: &str) -> Fault {
    s3_api::fault::no_such_bucket("The specified bucket does not exist")
        .with_detail(OfBucket { bucket_name: Some(name.to_owned()) })
}

fn of_access_point(fault: Fault, name: &str) -> Fault {
    fault.with_detail(OfAccessPoint { access_point_name: Some(name.to_owned()) })
}

pub fn no_such_access_point(name: &str) -> Fault {
    of_access_point(no_such_access_point_plain(), name)
}

pub fn no_such_access_point_policy(name: &str) -> Fault {
    of_access_point(no_such_access_point_policy_plain(), name)
}

pub fn no_such_key(key: &str) -> Fault {
    s3_api::fault::no_such_key("The specified key does not exist.").with_detail(OfKey { key: Some(key.to_owned()) })
}

pub fn no_such_version_of(key: &str, version: &str) -> Fault {
    no_such_version().with_detail(OfVersion { key: Some(key.to_owned()), version_id: Some(version.to_owned()) })
}

pub fn no_such_upload(id: &str) -> Fault {
    s3_api::fault::no_such_upload(
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    )
    .with_detail(OfUpload { upload_id: Some(id.to_owned()) })
}

pub fn invalid_argument(name: &str, value: impl Into<String>, message: impl Into<String>) -> Fault {
    INVALID_ARGUMENT
        .fault(message)
        .with_detail(OfArgument { argument_name: Some(name.to_owned()), argument_value: Some(value.into()) })
}

pub fn invalid_request(message: impl Into<String>) -> Fault {
    INVALID_REQUEST.fault(message)
}

pub fn precondition_failed(condition: &str) -> Fault {
    precondition_failed_plain().with_detail(OfCondition { condition: Some(condition.to_owned()) })
}

/// A header, parameter or element that AWS has and this cloud has not.
pub fn not_implemented(header: &str) -> Fault {
    wire::common::not_implemented("A header you provided implies functionality that is not implemented")
        .with_detail(OfHeader { header: Some(header.to_owned()) })
}

/// Why a body could not be taken.
pub fn of_body(error: BodyError) -> Fault {
    match error {
        BodyError::Refused(kind, message) => kind.fault(message),
        BodyError::Incomplete | BodyError::Io(_) => incomplete_body(),
    }
}

pub fn with_bucket_name(fault: Fault, name: &str) -> Fault {
    fault.with_detail(OfBucket { bucket_name: Some(name.to_owned()) })
}

pub fn key_of_length(length: usize) -> Fault {
    key_too_long().with_detail(OfLength { size: Some(length.to_string()), max_size_allowed: Some("1024".to_owned()) })
}

pub fn metadata_of_size(size: usize, most: usize) -> Fault {
    metadata_too_large()
        .with_detail(OfLength { size: Some(size.to_string()), max_size_allowed: Some(most.to_string()) })
}

pub fn too_large(size: u64) -> Fault {
    entity_too_large().with_detail(OfUploadSize {
        proposed_size: Some(size.to_string()),
        max_size_allowed: Some(crate::data::MAX_PUT.to_string()),
    })
}

pub fn invalid_digest_of(text: &str) -> Fault {
    invalid_digest().with_detail(OfDigest { digest: Some(text.to_owned()) })
}

pub fn range_not_satisfiable(asked: &str, size: u64) -> Fault {
    invalid_range()
        .with_detail(OfRange { range_requested: Some(asked.to_owned()), actual_object_size: Some(size.to_string()) })
}

/// A request that went to another region than the bucket is in.
pub fn permanent_redirect(bucket: &str, region: &str) -> Fault {
    permanent_redirect_of(bucket, format!("{bucket}.s3.{region}.amazonaws.com"))
}

/// The same of something that has a host of another kind.
pub fn permanent_redirect_of(bucket: &str, endpoint: String) -> Fault {
    PERMANENT_REDIRECT
        .fault("The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.")
        .with_detail(OfEndpoint {
            endpoint: Some(endpoint),
            bucket: Some(bucket.to_owned()),
        })
}

pub fn part_not_satisfiable(number: i32, count: u64) -> Fault {
    invalid_part_number().with_detail(OfPart {
        part_number_requested: Some(number.to_string()),
        actual_part_count: Some(count.to_string()),
    })
}

pub fn invalid_part_of(upload: &str, number: u32, etag: &str) -> Fault {
    invalid_part().with_detail(OfListed {
        upload_id: Some(upload.to_owned()),
        part_number: Some(number.to_string()),
        e_tag: Some(etag.to_owned()),
    })
}

pub fn invalid_part_order_of(upload: &str) -> Fault {
    invalid_part_order().with_detail(OfListed { upload_id: Some(upload.to_owned()), ..OfListed::default() })
}

pub fn part_too_small(size: u64, least: u64, number: u32, etag: &str) -> Fault {
    entity_too_small().with_detail(OfPartSize {
        proposed_size: Some(size.to_string()),
        min_size_allowed: Some(least.to_string()),
        part_number: Some(number.to_string()),
        e_tag: Some(etag.to_owned()),
    })
}

/// A part, or a completion, with another checksum than the upload was begun with.
pub fn checksum_mismatch(expected: &str, actual: &str) -> Fault {
    invalid_request(format!(
        "Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum Type: {actual}"
    ))
}

pub fn copy_source_too_large() -> Fault {
    invalid_request(format!(
        "The specified copy source is larger than the maximum allowable size for a copy source: {}",
        crate::data::MAX_PUT
    ))
}

/// `what`: `BUCKET` or `OBJECT`.
pub fn cors_forbidden(why: &str, method: &str, what: &str) -> Fault {
    ACCESS_FORBIDDEN
        .fault(format!("CORSResponse: {why}"))
        .with_detail(OfCors { method: Some(method.to_owned()), resource_type: Some(what.to_owned()) })
}

/// What is wrong with a form's signature or policy.
pub fn of_form(fault: &sign::Fault) -> Fault {
    let answer = fault.answer(sign::Dialect::S3);
    let (code, status) = (answer.code, answer.status);
    let kind = ErrorKind { name: code, code, status, sender: true, message: "message" };
    let mut detail = OfForm::default();
    for (name, value) in answer.fields {
        if let Some(index) = detail.schema().index(name)
            && let wire::Edit::Str(text) = detail.edit_member(index)
        {
            *text = value;
        }
    }
    kind.fault(answer.message).with_detail(detail)
}
