//! When a signature counts: skew on the wall clock, expiry on virtual time.

use crate::claim::{Claim, Place};
use crate::fault::Fault;

/// AWS accepts a signing instant 15 minutes either way (IAM User Guide, "Troubleshoot Signature Version 4").
pub(crate) const SKEW: i64 = 15 * 60;

/// A presigned request without `X-Amz-Expires`, which services other than S3 accept, lasts as long as a signed one.
const DEFAULT_EXPIRES: u32 = SKEW as u32;

/// The two clocks of a cloud whose time can be moved, in unix seconds.
///
/// Clients sign on the wall clock, so skew is judged there. A presigned URL must expire when virtual time is advanced,
/// so its signing instant is mapped to the virtual instant at which it happened.
#[derive(Clone, Copy)]
pub struct Clock<'a> {
    pub wall: i64,
    pub virtual_now: i64,
    /// The virtual instant at which a wall instant happened.
    pub to_virtual: &'a dyn Fn(i64) -> i64,
}

impl Clock<'_> {
    /// Judges the signing instant of a claim; also part of [`crate::Verifier::verify`]. Public because services complain about
    /// time before they look up the access key.
    pub fn judge(&self, claim: &Claim<'_>) -> Result<(), Fault> {
        let signed_at = claim.signed_at();
        if signed_at > self.wall.saturating_add(SKEW) {
            return Err(Fault::SignedTooLate { signed_at, now: self.wall, presigned: claim.is_presigned() });
        }
        match claim.place() {
            Place::Header if signed_at < self.wall.saturating_sub(SKEW) => {
                Err(Fault::SignedTooEarly { signed_at, now: self.wall })
            }
            Place::Header => Ok(()),
            Place::Query { expires } => {
                let expires = expires.unwrap_or(DEFAULT_EXPIRES);
                let signed_at = (self.to_virtual)(signed_at);
                // Zero passes the syntax and is never valid (S3 API reference, "X-Amz-Expires": the minimum is 1).
                if expires == 0 || signed_at.saturating_add(i64::from(expires)) < self.virtual_now {
                    return Err(Fault::PresignedExpired { signed_at, expires, now: self.virtual_now });
                }
                Ok(())
            }
        }
    }
}
