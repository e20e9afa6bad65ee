//! Which operation a REST request asks for.

use crate::{
    call::{operation, parts},
    shapes::*,
};
use wire::*;

const fn selector(name: &'static str, location: Location) -> Member {
    flags(at(m(name, &STR), location), Flags::REQUIRED)
}

static NONE: Schema = schema("None", &[]);
static UPLOAD: Schema =
    schema("Upload", &[selector("partNumber", Location::Query), selector("uploadId", Location::Query)]);
static COPY: Schema = schema("Copy", &[selector("x-amz-copy-source", Location::Header)]);
static UPLOAD_COPY: Schema = schema(
    "UploadCopy",
    &[
        selector("partNumber", Location::Query),
        selector("uploadId", Location::Query),
        selector("x-amz-copy-source", Location::Header),
    ],
);
static ID: Schema = schema("Id", &[selector("id", Location::Query)]);

static OPERATIONS: [Operation; 20] = [
    operation("ListBuckets", "GET", "/", &NONE),
    operation("ListObjects", "GET", "/{Bucket}", &NONE),
    operation("ListObjectsV2", "GET", "/{Bucket}?list-type=2", &NONE),
    operation("CreateBucket", "PUT", "/{Bucket}", &NONE),
    operation("GetObject", "GET", "/{Bucket}/{Key+}?x-id=GetObject", &NONE),
    operation("GetObjectAcl", "GET", "/{Bucket}/{Key+}?acl", &NONE),
    operation("PutObject", "PUT", "/{Bucket}/{Key+}?x-id=PutObject", &NONE),
    operation("CopyObject", "PUT", "/{Bucket}/{Key+}?x-id=CopyObject", &COPY),
    operation("UploadPart", "PUT", "/{Bucket}/{Key+}?x-id=UploadPart", &UPLOAD),
    operation("UploadPartCopy", "PUT", "/{Bucket}/{Key+}?x-id=UploadPartCopy", &UPLOAD_COPY),
    operation("ListAnalytics", "GET", "/{Bucket}?analytics", &NONE),
    operation("GetAnalytics", "GET", "/{Bucket}?analytics", &ID),
    operation("PutAnalytics", "PUT", "/{Bucket}?analytics", &ID),
    operation("ListFunctions", "GET", "/2015-03-31/functions/", &NONE),
    operation("GetFunction", "GET", "/2015-03-31/functions/{Name}", &NONE),
    operation("Invoke", "POST", "/2015-03-31/functions/{Name}/invocations", &NONE),
    operation("DeleteAlias", "DELETE", "/2015-03-31/functions/fixed/aliases", &NONE),
    operation("GetAccessPoint", "GET", "/mrap/instances/{name+}", &NONE),
    operation("GetAccessPointPolicy", "GET", "/mrap/instances/{name+}/policy", &NONE),
    operation("Select", "POST", "/{Bucket}/{Key+}?select&select-type=2", &NONE),
];
static UNBUILT: [Unbuilt; 3] = [
    Unbuilt { name: "GetObjectTorrent", method: "GET", uri: "/{Bucket}/{Key+}?torrent", refused: None },
    Unbuilt { name: "ListParts", method: "GET", uri: "/{Bucket}/{Key+}?uploadId", refused: None },
    Unbuilt { name: "ListDirectoryBuckets", method: "GET", uri: "/", refused: None },
];

#[test]
fn the_most_specific_operation_wins() {
    let router = Router::new(&OPERATIONS, &UNBUILT);
    for (request, expected) in [
        ("GET /", "ListBuckets"),
        ("GET /b", "ListObjects"),
        ("GET /b/", "ListObjects"),
        ("GET /b?prefix=x", "ListObjects"),
        ("GET /b?prefix=x&list-type=2", "ListObjectsV2"),
        ("GET /b?list-type=3", "ListObjects"),
        ("PUT /b", "CreateBucket"),
        ("GET /b/k", "GetObject"),
        ("GET /b/k/l//m/", "GetObject"),
        ("GET /b//", "GetObject"),
        ("GET /b/k?acl", "GetObjectAcl"),
        ("GET /b/k?acl=&x-id=GetObject", "GetObjectAcl"),
        ("GET /b/k?torrent", "GetObjectTorrent"),
        ("GET /b/k?uploadId=1", "ListParts"),
        ("PUT /b/k", "PutObject"),
        ("PUT /b/k?x-id=PutObject", "PutObject"),
        ("PUT /b/k\nx-amz-copy-source: /b/l", "CopyObject"),
        ("PUT /b/k?partNumber=1&uploadId=2", "UploadPart"),
        ("PUT /b/k?partNumber=1&uploadId=2\nX-Amz-Copy-Source: /b/l", "UploadPartCopy"),
        ("GET /b?analytics", "ListAnalytics"),
        ("GET /b?analytics&id=1", "GetAnalytics"),
        ("PUT /b?analytics", "PutAnalytics"),
        ("POST /b/k?select&select-type=2", "Select"),
        ("POST /b/k?select&select-type=1", "-"),
        ("POST /b/k?select", "-"),
        ("PATCH /b", "-"),
        ("GET /2015-03-31/functions", "ListFunctions"),
        ("GET /2015-03-31/functions/", "ListFunctions"),
        ("GET /2015-03-31/functions/f%2Fg", "GetFunction"),
        ("POST /2015-03-31/functions/f/invocations", "Invoke"),
        // Nothing of this method lies under the text: the label gets its turn.
        ("POST /2015-03-31/functions/fixed/invocations", "Invoke"),
        ("GET /2015-03-31/functions/fixed", "GetFunction"),
        ("DELETE /2015-03-31/functions/fixed/aliases", "DeleteAlias"),
        ("GET /mrap/instances/a/b", "GetAccessPoint"),
        ("GET /mrap/instances/a/b/policy", "GetAccessPointPolicy"),
        ("GET /mrap/instances/policy", "GetAccessPoint"),
    ] {
        assert_eq!(router.find(&parts(request)).map_or("-", |route| route.name()), expected, "{request}");
    }
}
