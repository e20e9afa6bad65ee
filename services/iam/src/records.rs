//! What the store keeps that only IAM reads. The keys are in [`crate::keys`].

use bytes::Bytes;
use identity::Tags;
use kernel::record;
use wire::Timestamp;

record! {
    /// A user's password.
    pub struct LoginProfileRecord {
        1 created: Timestamp,
        2 changed: Timestamp,
        /// The user must choose another at the next sign-in.
        3 reset_required: bool,
        /// Of this user's hashes, the previous ones too, so that one derivation finds a password among them all.
        4 salt: Bytes,
        /// Rounds of the derivation.
        5 rounds: u64,
        6 hash: Bytes,
        /// The passwords before, the newest first: as many as a policy may prevent from being used again.
        7 previous: Vec<Bytes>,
    }
}

record! {
    pub struct SshKeyRecord {
        /// The key as SSH writes it on the wire: what is in base64 behind `ssh-rsa`.
        1 blob: Bytes,
        2 inactive: bool,
        3 uploaded: Timestamp,
    }
}

record! {
    pub struct SigningCertificateRecord {
        /// PEM, as it was given.
        1 body: String,
        2 inactive: bool,
        3 uploaded: Timestamp,
    }
}

record! {
    pub struct ServerCertificateRecord {
        1 name: String,
        2 path: String,
        /// `ASCA…`
        3 id: String,
        4 uploaded: Timestamp,
        5 expires: Timestamp,
        /// PEM, as it was given; so are the chain and the key.
        6 body: String,
        /// Empty without one.
        7 chain: String,
        8 private_key: String,
        9 tags: Tags,
    }
}

record! {
    /// A service-specific credential.
    pub struct ServiceCredentialRecord {
        /// `codecommit.amazonaws.com`
        1 service: String,
        /// The public half: `jane-at-111122223333`. It stays when the user is renamed.
        2 name: String,
        /// SHA-256 of the secret half, which is random and long.
        3 hash: Bytes,
        4 inactive: bool,
        5 created: Timestamp,
        6 expires: Option<Timestamp>,
    }
}

record! {
    /// The account's newest credential report.
    pub struct ReportRecord {
        1 generated: Timestamp,
        /// The CSV, where it is short.
        2 content: Bytes,
        /// The blob that has it, where it is not.
        3 blob: Option<u128>,
        /// Bytes.
        4 length: u64,
    }
}

record! {
    /// A report of last accesses that was asked for.
    pub struct AccessReportRecord {
        1 created: Timestamp,
        /// Of a user, group, role or policy; empty in a report about an organization.
        2 arn: String,
        /// Action by action.
        3 actions: bool,
        /// `o-…/r-…/ou-…` or an account's below that; empty in a report about a principal.
        4 entity_path: String,
        /// Of an organization: the one policy that is asked about, or empty.
        5 policy: String,
    }
}
