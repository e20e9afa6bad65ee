//! How much of everything the account has, and how much it may have.

use crate::{keys, quota};
use iam_api::*;
use identity::{Entity, IamKeys, MfaDeviceRecord, PreferencesRecord};
use kernel::{Cx, Result, store::Rows};

/// Of all policies' versions together. Nothing refuses for it: as many policies as there may be have fewer.
const POLICY_VERSIONS_IN_USE: i32 = 10_000;

pub async fn get_account_summary(cx: Cx, _: GetAccountSummaryInput) -> Result<GetAccountSummaryOutput> {
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    let quotas = [
        ("AccessKeysPerUserQuota", quota::ACCESS_KEYS_PER_USER.1),
        ("AssumeRolePolicySizeQuota", quota::TRUST_SIZE.1),
        ("AttachedPoliciesPerGroupQuota", quota::attached(Entity::Group).1),
        ("AttachedPoliciesPerRoleQuota", quota::attached(Entity::Role).1),
        ("AttachedPoliciesPerUserQuota", quota::attached(Entity::User).1),
        ("GroupPolicySizeQuota", quota::inline_size(Entity::Group)),
        ("GroupsPerUserQuota", quota::GROUPS_PER_USER.1),
        ("GroupsQuota", quota::GROUPS.1),
        ("InstanceProfilesQuota", quota::INSTANCE_PROFILES.1),
        ("PoliciesQuota", quota::POLICIES.1),
        ("PolicySizeQuota", quota::POLICY_SIZE.1),
        ("RolePolicySizeQuota", quota::inline_size(Entity::Role)),
        ("RolesQuota", quota::ROLES.1),
        ("ServerCertificatesQuota", quota::SERVER_CERTIFICATES.1),
        ("SigningCertificatesPerUserQuota", quota::SIGNING_CERTIFICATES_PER_USER.1),
        ("UserPolicySizeQuota", quota::inline_size(Entity::User)),
        ("UsersQuota", quota::USERS.1),
        ("VersionsPerPolicyQuota", quota::POLICY_VERSIONS),
    ];
    let mut summary: Vec<(&str, i32)> = quotas.map(|(name, most)| (name, most as i32)).to_vec();
    summary.push(("PolicyVersionsInUseQuota", POLICY_VERSIONS_IN_USE));
    let counted = [
        ("Users", keys.entities(Entity::User)),
        ("Groups", keys.entities(Entity::Group)),
        ("Roles", keys.entities(Entity::Role)),
        ("InstanceProfiles", keys.instance_profiles()),
        ("Policies", keys.policies()),
        ("PolicyVersionsInUse", keys.other("policy-version")),
        ("ServerCertificates", keys::server_certificates(&keys)),
    ];
    for (name, rows) in counted {
        summary.push((name, snapshot.count(&rows).await? as i32));
    }
    let providers = snapshot.count(&keys.oidc_providers()).await? + snapshot.count(&keys.saml_providers()).await?;
    summary.push(("Providers", providers as i32));
    let (mut devices, mut in_use) = (0, 0);
    for (_, device) in snapshot.records::<MfaDeviceRecord>(&keys.mfa_devices()).await? {
        devices += 1;
        in_use += i32::from(device.enabled.is_some());
    }
    summary.extend([("MFADevices", devices), ("MFADevicesInUse", in_use)]);
    // Of the root user: whether there is one, as a number. Its password is no part of this cloud; it has one always.
    let of_root = [
        ("AccountAccessKeysPresent", keys.access_keys_of("")),
        ("AccountMFAEnabled", keys.mfa_devices_of("")),
        ("AccountSigningCertificatesPresent", keys::signing_certificates_of(&keys, "")),
    ];
    for (name, rows) in of_root {
        summary.push((name, i32::from(snapshot.count(&rows).await? > 0)));
    }
    summary.push(("AccountPasswordPresent", 1));
    let preferences: Option<PreferencesRecord> = snapshot.record(&keys.preferences()).await?;
    let v2 = preferences.is_some_and(|preferences| preferences.v2_tokens);
    summary.push(("GlobalEndpointTokenVersion", if v2 { 2 } else { 1 }));
    summary.sort_unstable();
    let summary_map = summary.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(GetAccountSummaryOutput { summary_map: Some(summary_map) })
}
