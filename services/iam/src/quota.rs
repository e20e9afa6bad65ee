//! How much there may be of what, and the sentence of who wants more (IAM user guide, "IAM and AWS STS quotas").

use iam_api::fault;
use identity::Entity;
use kernel::{
    Result,
    store::{Key, Rows, Txn},
};
use wire::Fault;

/// A quota: its name in AWS's sentence and its number.
pub struct Quota(pub &'static str, pub usize);

pub const ACCESS_KEYS_PER_USER: Quota = Quota("AccessKeysPerUser", 2);
pub const GROUPS: Quota = Quota("GroupsPerAccount", 300);
pub const GROUPS_PER_USER: Quota = Quota("GroupsPerUser", 10);
/// "Equal to the user quota for the account".
pub const MFA_DEVICES: Quota = Quota("VirtualMFADevicesPerAccount", 5_000);
pub const MFA_DEVICES_PER_USER: Quota = Quota("MFADevicesPerUser", 8);
pub const SERVER_CERTIFICATES: Quota = Quota("ServerCertificatesPerAccount", 20);
pub const SIGNING_CERTIFICATES_PER_USER: Quota = Quota("CertificatesPerUser", 2);
pub const SSH_KEYS_PER_USER: Quota = Quota("SSHPublicKeysPerUser", 5);
pub const USERS: Quota = Quota("UsersPerAccount", 5_000);

pub const CLIENT_IDS: Quota = Quota("ClientIdsPerOpenIdConnectProvider", 100);
pub const INSTANCE_PROFILES: Quota = Quota("InstanceProfilesPerAccount", 1_000);
pub const OIDC_PROVIDERS: Quota = Quota("OpenIdConnectProvidersPerAccount", 100);
pub const POLICIES: Quota = Quota("PoliciesPerAccount", 1_500);
/// Characters without white space.
pub const POLICY_SIZE: Quota = Quota("PolicySize", 6_144);
pub const POLICY_VERSIONS: usize = 5;
pub const ROLES: Quota = Quota("RolesPerAccount", 1_000);
pub const ROLES_PER_INSTANCE_PROFILE: Quota = Quota("InstanceSessionsPerInstanceProfile", 1);
pub const SAML_PROVIDERS: Quota = Quota("SAMLProvidersPerAccount", 100);
/// Characters without white space.
pub const TRUST_SIZE: Quota = Quota("ACLSizePerRole", 2_048);

/// Managed policies on one entity.
pub fn attached(entity: Entity) -> Quota {
    match entity {
        Entity::User => Quota("PoliciesPerUser", 10),
        Entity::Group => Quota("PoliciesPerGroup", 10),
        Entity::Role => Quota("PoliciesPerRole", 10),
    }
}

/// Characters of all inline policies of an entity, without white space.
pub fn inline_size(entity: Entity) -> usize {
    match entity {
        Entity::User => 2_048,
        Entity::Group => 5_120,
        Entity::Role => 10_240,
    }
}

impl Quota {
    pub fn exceeded(&self) -> Fault {
        fault::limit_exceeded_exception(format!("Cannot exceed quota for {}: {}", self.0, self.1))
    }

    /// Whether there may be one more below `prefix`. Scans are not remembered, so the commit writes `guard` (with the value
    /// it has), which every commit that adds to the range reads: of two at once, one runs again.
    pub async fn check(&self, tx: &mut Txn, guard: &Key, prefix: &Key) -> Result<()> {
        let value = tx.get(guard).await?.unwrap_or_default();
        if tx.count(prefix).await? >= self.1 {
            return Err(self.exceeded());
        }
        tx.put(guard.clone(), value);
        Ok(())
    }

    /// As `check` with the count kept in the row `counter`, for what there is much of.
    pub async fn take(&self, tx: &mut Txn, counter: &Key) -> Result<()> {
        let count = counted(tx, counter).await?;
        if count >= self.1 as u64 {
            return Err(self.exceeded());
        }
        tx.put(counter.clone(), (count + 1).to_le_bytes().to_vec());
        Ok(())
    }

    /// As `take`, of what counts and may be beyond the quota.
    pub async fn exceed(&self, tx: &mut Txn, counter: &Key) -> Result<()> {
        let count = counted(tx, counter).await?;
        tx.put(counter.clone(), (count + 1).to_le_bytes().to_vec());
        Ok(())
    }

    /// One less: what `take` counted was deleted.
    pub async fn give_back(&self, tx: &mut Txn, counter: &Key) -> Result<()> {
        let count = counted(tx, counter).await?;
        tx.put(counter.clone(), count.saturating_sub(1).to_le_bytes().to_vec());
        Ok(())
    }
}

async fn counted(tx: &mut Txn, counter: &Key) -> Result<u64> {
    Ok(tx.get(counter).await?.and_then(|value| value.first_chunk().copied()).map_or(0, u64::from_le_bytes))
}
