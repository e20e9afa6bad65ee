//! Access control lists: what a bucket's or an object's owner grants to others, one by one.
//!
//! S3 user guide, "Access control list (ACL) overview". Where the bucket's owner owns everything, there are none.

use crate::{
    bucket::Bucket,
    configuration::{decode, encode},
    faults,
    owner::canonical_id,
    ownership::{self, Ownership},
    public_access,
};
use kernel::{AccountId, CallerKind, Cx, Result};
use s3_api::{AccessControlPolicy, Grant, Grantee, Permission, Type};

pub const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
pub const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
pub const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";
/// Whom `aws-exec-read` lets read: EC2's bundles of machine images.
const EXEC: &str = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";
/// "An ACL can have up to 100 grants."
const MAX_GRANTS: usize = 100;

/// What a request says of the access control list of what it writes; made by [`asked!`].
#[derive(Clone, Copy, Default)]
pub struct Asked<'a> {
    pub canned: Option<&'a str>,
    /// The headers' names, what they grant, and to whom.
    pub grants: [Option<(&'static str, Permission_, &'a str)>; 5],
}

/// A permission that a header grants.
type Permission_ = fn() -> Permission;

/// Reads the members that all operations with a canned list share.
macro_rules! asked {
    ($input:expr) => {
        $crate::acl::asked!($input, None)
    };
    ($input:expr, $write:expr) => {{
        use s3_api::Permission;
        let write: Option<&String> = $write;
        $crate::acl::Asked {
            canned: $input.acl.as_ref().map(|acl| acl.as_str()),
            grants: [
                $input
                    .grant_full_control
                    .as_ref()
                    .map(|to| ("x-amz-grant-full-control", (|| Permission::FullControl) as fn() -> _, to.as_str())),
                $input
                    .grant_read
                    .as_ref()
                    .map(|to| ("x-amz-grant-read", (|| Permission::Read) as fn() -> _, to.as_str())),
                write.map(|to| ("x-amz-grant-write", (|| Permission::Write) as fn() -> _, to.as_str())),
                $input
                    .grant_read_acp
                    .as_ref()
                    .map(|to| ("x-amz-grant-read-acp", (|| Permission::ReadAcp) as fn() -> _, to.as_str())),
                $input
                    .grant_write_acp
                    .as_ref()
                    .map(|to| ("x-amz-grant-write-acp", (|| Permission::WriteAcp) as fn() -> _, to.as_str())),
            ],
        }
    }};
}
pub(crate) use asked;

impl Asked<'_> {
    pub fn is_none(&self) -> bool {
        self.canned.is_none() && self.grants.iter().all(Option::is_none)
    }

    /// The grants that are asked for: of a canned list or of headers, not of both.
    pub fn grants(&self, owner: AccountId, bucket_owner: AccountId) -> Result<Vec<Grant>> {
        match self.canned {
            Some(_) if self.grants.iter().any(Option::is_some) => {
                Err(faults::invalid_request("Specifying both Canned ACLs and Header Grants is not allowed"))
            }
            Some(name) => {
                canned(name, owner, bucket_owner).ok_or_else(|| faults::invalid_argument("x-amz-acl", name, ""))
            }
            None => {
                let mut found = Vec::new();
                for (header, permission, text) in self.grants.iter().flatten() {
                    for grantee in grantees(header, text)? {
                        found.push(Grant { grantee: Some(grantee), permission: Some(permission()) });
                    }
                }
                check(&found)?;
                Ok(found)
            }
        }
    }
}

/// Who owns an object that is written, and its list as it is stored. Everything that writes objects asks this.
pub async fn of_write(cx: &Cx, bucket: &Bucket, asked: &Asked<'_>) -> Result<(AccountId, String)> {
    let ownership = ownership::of(bucket)?;
    let to_owner = asked.canned == Some("bucket-owner-full-control");
    if ownership == Ownership::BucketOwnerEnforced {
        if !asked.is_none()
            && !to_owner
            && !is_of_owner_alone(&asked.grants(bucket.account, bucket.account)?, bucket.account)
            || asked.canned.is_some_and(|_| !to_owner)
        {
            return Err(not_supported());
        }
        return Ok((bucket.account, String::new()));
    }
    let writer = match cx.caller().kind {
        // What nobody or a service writes is the bucket's owner's. On AWS, nobody has a canonical id of its own.
        CallerKind::Anonymous | CallerKind::Service { .. } => bucket.account,
        _ => cx.caller().account,
    };
    let owner = match ownership {
        Ownership::BucketOwnerPreferred if to_owner => bucket.account,
        _ => writer,
    };
    if asked.is_none() {
        return Ok((owner, String::new()));
    }
    let grants = asked.grants(owner, bucket.account)?;
    refuse_public(cx, bucket, &grants).await?;
    Ok((owner, stored(&grants, owner)))
}

/// Refuses grants to the public where the bucket blocks them.
pub async fn refuse_public(cx: &Cx, bucket: &Bucket, grants: &[Grant]) -> Result<()> {
    match is_public(grants) && public_access::of(cx, bucket).await?.public_acls {
        true => Err(faults::access_denied()),
        false => Ok(()),
    }
}

pub fn not_supported() -> wire::Fault {
    faults::ACL_NOT_SUPPORTED.fault("The bucket does not allow ACLs")
}

/// As the store keeps it: nothing where the owner alone has all.
pub fn stored(grants: &[Grant], owner: AccountId) -> String {
    if is_of_owner_alone(grants, owner) {
        return String::new();
    }
    let list = AccessControlPolicy { grants: Some(grants.to_vec()), owner: None };
    String::from_utf8(encode(&list)).unwrap_or_default()
}

/// What the store kept, written out.
pub fn read(stored: &str, owner: AccountId) -> Result<Vec<Grant>> {
    if stored.is_empty() {
        return Ok(vec![full_control(owner)]);
    }
    Ok(decode::<AccessControlPolicy>(stored)?.grants.unwrap_or_default())
}

pub fn of_bucket(bucket: &Bucket) -> Result<Vec<Grant>> {
    read(bucket.configuration.text("acl").unwrap_or_default(), bucket.account)
}

fn is_of_owner_alone(grants: &[Grant], owner: AccountId) -> bool {
    matches!(grants, [only] if *only == full_control(owner))
}

/// "A policy is considered public if it grants any permissions to members of the predefined `AllUsers` or
/// `AuthenticatedUsers` groups."
pub fn is_public(grants: &[Grant]) -> bool {
    grants.iter().any(|grant| matches!(group(grant), Some(ALL_USERS | AUTHENTICATED_USERS)))
}

pub fn group(grant: &Grant) -> Option<&str> {
    grant.grantee.as_ref()?.uri.as_deref()
}

fn user(id: &str) -> Grantee {
    Grantee { id: Some(id.to_owned()), r#type: Type::CanonicalUser, ..Grantee::default() }
}

fn group_of(uri: &str) -> Grantee {
    Grantee { uri: Some(uri.to_owned()), r#type: Type::Group, ..Grantee::default() }
}

fn grant(grantee: Grantee, permission: Permission) -> Grant {
    Grant { grantee: Some(grantee), permission: Some(permission) }
}

fn full_control(account: AccountId) -> Grant {
    grant(user(&canonical_id(account)), Permission::FullControl)
}

/// S3 user guide, "Canned ACL".
fn canned(name: &str, owner: AccountId, bucket_owner: AccountId) -> Option<Vec<Grant>> {
    let mut grants = vec![full_control(owner)];
    let to_bucket_owner =
        |permission| (owner != bucket_owner).then(|| grant(user(&canonical_id(bucket_owner)), permission));
    match name {
        "private" => {}
        "public-read" => grants.push(grant(group_of(ALL_USERS), Permission::Read)),
        "public-read-write" => {
            grants.extend([grant(group_of(ALL_USERS), Permission::Read), grant(group_of(ALL_USERS), Permission::Write)])
        }
        "authenticated-read" => grants.push(grant(group_of(AUTHENTICATED_USERS), Permission::Read)),
        "aws-exec-read" => grants.push(grant(user(EXEC), Permission::Read)),
        "bucket-owner-read" => grants.extend(to_bucket_owner(Permission::Read)),
        "bucket-owner-full-control" => grants.extend(to_bucket_owner(Permission::FullControl)),
        "log-delivery-write" => grants.extend([
            grant(group_of(LOG_DELIVERY), Permission::Write),
            grant(group_of(LOG_DELIVERY), Permission::ReadAcp),
        ]),
        _ => return None,
    }
    Some(grants)
}

/// `id="…", uri="…"`
fn grantees(header: &str, text: &str) -> Result<Vec<Grantee>> {
    let malformed = || faults::invalid_argument(header, text, "Argument format not recognized");
    text.split(',')
        .map(|item| {
            let (kind, value) = item.split_once('=').ok_or_else(malformed)?;
            let value = value.trim().trim_matches('"').to_owned();
            match kind.trim().to_ascii_lowercase().as_str() {
                "id" => Ok(Grantee { id: Some(value), r#type: Type::CanonicalUser, ..Grantee::default() }),
                "uri" => Ok(Grantee { uri: Some(value), r#type: Type::Group, ..Grantee::default() }),
                "emailaddress" => Ok(Grantee {
                    email_address: Some(value),
                    r#type: Type::AmazonCustomerByEmail,
                    ..Grantee::default()
                }),
                _ => Err(malformed()),
            }
        })
        .collect()
}

/// Refuses grants to who cannot be granted anything. Which accounts there are, ids do not tell: every id of the right
/// form passes.
pub fn check(grants: &[Grant]) -> Result<()> {
    if grants.len() > MAX_GRANTS {
        return Err(faults::malformed_acl());
    }
    for grant in grants {
        let (Some(grantee), Some(permission)) = (&grant.grantee, &grant.permission) else {
            return Err(faults::malformed_acl());
        };
        if matches!(permission, Permission::Unknown(_)) {
            return Err(faults::malformed_acl());
        }
        match (&grantee.r#type, &grantee.id, &grantee.uri) {
            (Type::CanonicalUser, Some(id), None) => {
                if id.len() != 64 || !id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                    return Err(faults::invalid_argument("CanonicalUser/ID", id.as_str(), "Invalid id"));
                }
            }
            (Type::Group, None, Some(uri)) => {
                if ![ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY].contains(&uri.as_str()) {
                    return Err(faults::invalid_argument("Group/URI", uri.as_str(), "Invalid group uri"));
                }
            }
            // "As of October 1, 2025, Amazon S3 has discontinued support for Email Grantee ACLs", which it answers by 405.
            (Type::AmazonCustomerByEmail, ..) => return Err(faults::method_not_allowed()),
            _ => return Err(faults::malformed_acl()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grantees_of_headers() {
        let id = "a".repeat(64);
        let text = format!("id=\"{id}\", uri={ALL_USERS}");
        let found = grantees("x-amz-grant-read", &text).unwrap_or_default();
        assert_eq!(found, [user(&id), group_of(ALL_USERS)]);
        assert!(grantees("x-amz-grant-read", "somebody").is_err());
    }

    #[test]
    fn lists_of_the_owner_alone_take_no_room() {
        let (owner, other) = (AccountId(1), AccountId(2));
        let list = |name, owner, bucket| canned(name, owner, bucket).unwrap_or_default();
        assert_eq!(stored(&list("private", owner, owner), owner), "");
        assert_eq!(stored(&list("bucket-owner-read", owner, owner), owner), "");
        let shared = list("bucket-owner-full-control", owner, other);
        assert_eq!(shared.len(), 2);
        assert_eq!(read(&stored(&shared, owner), owner).unwrap_or_default(), shared);
        assert!(is_public(&list("authenticated-read", owner, other)));
        assert!(!is_public(&list("log-delivery-write", owner, other)));
    }
}
