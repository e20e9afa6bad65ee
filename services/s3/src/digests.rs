//! Digests of requests that are documents: what the client says of the body must be true (S3 user guide, "Checking object
//! integrity"). Of bodies that stream, `data` sees to it.

use crate::{
    checksum::{self, Algorithm, Hasher, base64},
    faults,
};
use kernel::{Cx, Result};
use wire::Schema;

/// Refuses a body that is not what its headers say.
pub fn check(cx: &Cx, input: &Schema) -> Result<()> {
    let Some(body) = cx.request().body.as_ref().filter(|body| !body.is_empty()) else { return Ok(()) };
    let of_body = |algorithm| {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(body);
        base64(&hasher.finish())
    };
    if let Some(stated) = cx.header("content-md5") {
        if !checksum::is_well_formed(stated, Algorithm::Md5) {
            return Err(faults::invalid_digest_of(stated));
        }
        if stated != of_body(Algorithm::Md5) {
            return Err(faults::bad_digest());
        }
    }
    // Where they are members, they are of the object: CompleteMultipartUpload.
    if input.index("ChecksumCRC32").is_some() {
        return Ok(());
    }
    for algorithm in checksum::ALL {
        let stated = cx.header(format!("x-amz-checksum-{}", algorithm.name()));
        if stated.is_some_and(|stated| stated != of_body(algorithm)) {
            return Err(checksum::bad(algorithm));
        }
    }
    Ok(())
}
