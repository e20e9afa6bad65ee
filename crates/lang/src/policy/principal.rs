//! The principals that a policy names, and whether one of them is the requester. IAM user guide, "Principal".

use super::Principal;

/// One entry of Principal or NotPrincipal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalId {
    /// `"Principal": "*"`
    Everyone,
    /// `"AWS": "*"`, which is the same.
    EveryAws,
    /// Of an account id or the ARN of its root: the account with all its principals.
    Account { partition: String, id: String },
    /// Of a user, role, role session or federated user session.
    Arn(String),
    /// What AWS puts in place of the ARN of a user or role: survives no deletion (`AIDA…`, `AROA…`).
    UniqueId(String),
    /// `sqs.amazonaws.com`
    Service(String),
    /// A SAML or OIDC provider's ARN, or the domain of a web identity provider.
    Federated(String),
    /// An account, as S3 knows it beside its id.
    CanonicalUser(String),
}

/// How directly a resource-based policy grants; decides which implicit denies of other policies still count. IAM user guide,
/// "Determining whether a request is allowed or denied within an account".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// To the account, whose identity policies then decide.
    Account,
    /// To the role or user behind a session: limited by permissions boundary and session policies.
    BehindSession,
    /// To the user or session that asks, or to everyone: limited by nothing but explicit denies.
    Requester,
}

impl PrincipalId {
    /// An entry under `"AWS"`. An account id becomes the account, as in `arn:aws:iam::111122223333:root`.
    pub fn aws(text: &str) -> Option<PrincipalId> {
        if text == "*" {
            return Some(PrincipalId::EveryAws);
        }
        if is_account(text) {
            return Some(PrincipalId::Account { partition: "aws".to_owned(), id: text.to_owned() });
        }
        if !text.starts_with("arn:") {
            let prefix = text.get(..4)?;
            let unique = text.len() >= 16 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            return (unique && matches!(prefix, "AIDA" | "AROA")).then(|| PrincipalId::UniqueId(text.to_owned()));
        }
        // "You can use * only to specify everyone. You cannot use it to specify part of a name or ARN."
        if text.contains(['*', '?']) {
            return None;
        }
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        let [_, partition, service, "", account, resource] = fields[..] else { return None };
        let (family, name) = resource.split_once('/').unwrap_or((resource, ""));
        match (service, family, name) {
            ("iam", "root", "") if is_account(account) && resource == "root" => {
                Some(PrincipalId::Account { partition: partition.to_owned(), id: account.to_owned() })
            }
            // CloudFront's origin access identities are users of an account of that name.
            ("iam", "user", name) if !name.is_empty() && (is_account(account) || account == "cloudfront") => {
                Some(PrincipalId::Arn(text.to_owned()))
            }
            ("iam", "role", name) | ("sts", "federated-user", name) if !name.is_empty() && is_account(account) => {
                Some(PrincipalId::Arn(text.to_owned()))
            }
            ("sts", "assumed-role", name) if is_account(account) => {
                let (role, session) = name.split_once('/')?;
                (!role.is_empty() && !session.is_empty()).then(|| PrincipalId::Arn(text.to_owned()))
            }
            _ => None,
        }
    }

    /// The key of the principal map; `None` for the bare `"*"`.
    pub(super) fn family(&self) -> Option<&'static str> {
        match self {
            PrincipalId::Everyone => None,
            PrincipalId::EveryAws | PrincipalId::Account { .. } | PrincipalId::Arn(_) | PrincipalId::UniqueId(_) => {
                Some("AWS")
            }
            PrincipalId::Service(_) => Some("Service"),
            PrincipalId::Federated(_) => Some("Federated"),
            PrincipalId::CanonicalUser(_) => Some("CanonicalUser"),
        }
    }

    /// As rendered: accounts by the ARN of their root.
    pub fn text(&self) -> String {
        match self {
            PrincipalId::Everyone | PrincipalId::EveryAws => "*".to_owned(),
            PrincipalId::Account { partition, id } => format!("arn:{partition}:iam::{id}:root"),
            PrincipalId::Arn(text)
            | PrincipalId::UniqueId(text)
            | PrincipalId::Service(text)
            | PrincipalId::Federated(text)
            | PrincipalId::CanonicalUser(text) => text.clone(),
        }
    }

    /// Whether this entry means the requester, and how directly.
    pub(super) fn grant(&self, to: &Principal) -> Option<Grant> {
        let requester = |yes: bool| yes.then_some(Grant::Requester);
        match (self, *to) {
            (PrincipalId::Everyone | PrincipalId::EveryAws, _) => Some(Grant::Requester),
            (PrincipalId::Account { id, .. }, Principal::Root { account, .. }) => requester(id == account),
            (PrincipalId::Account { id, .. }, _) => (to.account() == Some(id)).then_some(Grant::Account),
            (PrincipalId::Arn(wanted), Principal::User { arn, .. }) => requester(wanted == arn),
            (PrincipalId::Arn(wanted), Principal::RoleSession { arn, role_arn: behind, .. })
            | (PrincipalId::Arn(wanted), Principal::FederatedUser { arn, user_arn: behind, .. }) => {
                requester(wanted == arn).or((wanted == behind).then_some(Grant::BehindSession))
            }
            (PrincipalId::UniqueId(wanted), Principal::User { id, .. }) => requester(wanted == id),
            (PrincipalId::UniqueId(wanted), Principal::RoleSession { role_id, .. }) => {
                (wanted == role_id).then_some(Grant::BehindSession)
            }
            (PrincipalId::Service(wanted), Principal::Service { name }) => requester(wanted == name),
            (PrincipalId::Federated(wanted), Principal::Federated { provider }) => requester(wanted == provider),
            _ => None,
        }
    }

    /// What of the requester this entry names itself, for NotPrincipal, which must name every part.
    fn names(&self, part: &str) -> bool {
        match self {
            PrincipalId::Arn(wanted) | PrincipalId::UniqueId(wanted) => wanted == part,
            _ => false,
        }
    }
}

/// Whether a NotPrincipal leaves the requester out: its account and each identity of it must be listed. IAM user guide,
/// "NotPrincipal": "if the element was missing the ARN of the role, the effect might be to explicitly deny access to the role".
pub(super) fn all_listed(entries: &[PrincipalId], principal: &Principal) -> bool {
    let listed = |part: &str| entries.iter().any(|entry| entry.names(part));
    let account = entries.iter().any(|entry| {
        let id = match entry {
            PrincipalId::Account { id, .. } => id,
            _ => return false,
        };
        principal.account() == Some(id)
    });
    if entries.iter().any(|entry| matches!(entry, PrincipalId::Everyone | PrincipalId::EveryAws)) {
        return true;
    }
    match *principal {
        Principal::User { arn, id, .. } => account && (listed(arn) || listed(id)),
        Principal::RoleSession { arn, role_arn, role_id, .. } => {
            account && listed(arn) && (listed(role_arn) || listed(role_id))
        }
        Principal::FederatedUser { arn, .. } => account && listed(arn),
        _ => entries.iter().any(|entry| entry.grant(principal).is_some()),
    }
}

pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
