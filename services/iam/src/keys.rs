//! Where IAM keeps what no other service reads; the rest is in [`identity::IamKeys`].
//!
//! | rows of an account | record |
//! |---|---|
//! | `counter`, kind | how many there are, of kinds with a quota of their account |
//! | `login-profile`, user | [`LoginProfileRecord`](crate::records::LoginProfileRecord) |
//! | `account-alias` | the alias, as text |
//! | `ssh-key`, user, id | [`SshKeyRecord`](crate::records::SshKeyRecord) |
//! | `signing-certificate`, user, id | [`SigningCertificateRecord`](crate::records::SigningCertificateRecord) |
//! | `signing-certificate-digest`, SHA-256 | empty: a certificate is one user's |
//! | `service-credential`, user, id | [`ServiceCredentialRecord`](crate::records::ServiceCredentialRecord) |
//! | `server-certificate`, name | [`ServerCertificateRecord`](crate::records::ServerCertificateRecord) |
//! | `credential-report` | [`ReportRecord`](crate::records::ReportRecord) |
//! | `access-report`, job | [`AccessReportRecord`](crate::records::AccessReportRecord) |
//! | `role-deletion`, task | empty: a service-linked role's deletion, which has succeeded |
//! | `root` | empty: guards the root user's keys, devices and certificates |
//!
//! Users and certificates are under their folded names; what the root user has is under the empty name.

use identity::{IamKeys, folded};
use kernel::store::Key;

pub fn counter(keys: &IamKeys, kind: &str) -> Key {
    keys.other("counter").text(kind)
}

pub fn login_profile(keys: &IamKeys, user: &str) -> Key {
    keys.other("login-profile").text(&folded(user))
}

pub fn account_alias(keys: &IamKeys) -> Key {
    keys.other("account-alias")
}

/// All accounts' aliases: an alias is one account's; the account's number.
pub fn taken_alias(alias: &str) -> Key {
    Key::new().text("sys").text("identity").text("account-alias").text(alias)
}

pub fn ssh_keys_of(keys: &IamKeys, user: &str) -> Key {
    keys.other("ssh-key").text(&folded(user))
}

pub fn signing_certificates_of(keys: &IamKeys, user: &str) -> Key {
    keys.other("signing-certificate").text(&folded(user))
}

pub fn signing_certificate_digest(keys: &IamKeys, digest: &[u8]) -> Key {
    keys.other("signing-certificate-digest").bytes(digest)
}

pub fn service_credentials(keys: &IamKeys) -> Key {
    keys.other("service-credential")
}

pub fn service_credentials_of(keys: &IamKeys, user: &str) -> Key {
    service_credentials(keys).text(&folded(user))
}

pub fn server_certificates(keys: &IamKeys) -> Key {
    keys.other("server-certificate")
}

pub fn server_certificate(keys: &IamKeys, name: &str) -> Key {
    server_certificates(keys).text(&folded(name))
}

pub fn credential_report(keys: &IamKeys) -> Key {
    keys.other("credential-report")
}

pub fn root(keys: &IamKeys) -> Key {
    keys.other("root")
}

pub fn access_reports(keys: &IamKeys) -> Key {
    keys.other("access-report")
}

pub fn role_deletion(keys: &IamKeys, task: &str) -> Key {
    keys.other("role-deletion").text(task)
}
