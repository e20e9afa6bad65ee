//! What temporary credentials may not call, whatever policies say (IAM user guide, "Compare AWS STS credentials").

use kernel::{Caller, CallerKind, Result};
use wire::{ErrorKind, common};

/// How the credentials behind a call came to be.
enum Origin {
    /// A user's or the root user's own key, or a service.
    LongTerm,
    Role,
    /// AssumeRoot: its task policy says all.
    RootTask,
    SessionToken,
    FederationToken,
}

fn origin(caller: &Caller) -> Origin {
    match &caller.kind {
        _ if caller.session.is_none() => Origin::LongTerm,
        CallerKind::AssumedRole(_) => Origin::Role,
        CallerKind::FederatedUser(_) => Origin::FederationToken,
        CallerKind::Root if !caller.grants.session.is_empty() => Origin::RootTask,
        _ => Origin::SessionToken,
    }
}

static INVALID_CLIENT_TOKEN_ID: ErrorKind = ErrorKind {
    name: "InvalidClientTokenId",
    code: "InvalidClientTokenId",
    status: 403,
    sender: true,
    message: "message",
};

/// To be asked before every operation of IAM: not for federated users, and for sessions of GetSessionToken only with a
/// second factor.
pub fn iam(caller: &Caller) -> Result<()> {
    let with_factor = caller.session.as_ref().is_some_and(|session| session.mfa_at.is_some());
    match origin(caller) {
        Origin::LongTerm | Origin::Role | Origin::RootTask => Ok(()),
        Origin::SessionToken if with_factor => Ok(()),
        // As users report it; it does not say why.
        Origin::SessionToken | Origin::FederationToken => {
            Err(INVALID_CLIENT_TOKEN_ID.fault("The security token included in the request is invalid"))
        }
    }
}

/// To be asked before every operation of STS, by its name.
pub fn sts(caller: &Caller, operation: &str) -> Result<()> {
    let allowed = match origin(caller) {
        Origin::LongTerm => true,
        Origin::Role => !matches!(operation, "GetFederationToken" | "GetSessionToken"),
        Origin::SessionToken => matches!(operation, "AssumeRole" | "GetCallerIdentity"),
        Origin::RootTask | Origin::FederationToken => operation == "GetCallerIdentity",
    };
    // Reported of GetFederationToken and GetSessionToken; of the others it is a guess.
    allowed
        .then_some(())
        .ok_or_else(|| common::access_denied(format!("Cannot call {operation} with session credentials")))
}
