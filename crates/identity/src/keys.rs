//! Where the records are.

use crate::folded;
use kernel::{AccountId, Arn, store::Key};

/// What policies are attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    User,
    Group,
    Role,
}

impl Entity {
    /// As in ARNs and sentences: `user`.
    pub fn text(self) -> &'static str {
        match self {
            Entity::User => "user",
            Entity::Group => "group",
            Entity::Role => "role",
        }
    }

    pub fn parse(text: &str) -> Option<Entity> {
        [Entity::User, Entity::Group, Entity::Role].into_iter().find(|entity| entity.text() == text)
    }
}

/// The rows of one account's IAM. Names are folded here. The children of `x()` are the rows of `x_of(name)`.
#[derive(Clone, Debug)]
pub struct IamKeys(Key);

impl IamKeys {
    pub fn of(account: AccountId) -> IamKeys {
        IamKeys(Key::new().number(account.0).text("global").text("iam"))
    }

    /// Rows of a kind that has nothing to do with what a principal may do: each noun's file knows its own.
    pub fn other(&self, kind: &str) -> Key {
        self.0.clone().text(kind)
    }

    /// All entities of a kind, by name: [`UserRecord`](crate::UserRecord), [`GroupRecord`](crate::GroupRecord),
    /// [`RoleRecord`](crate::RoleRecord).
    pub fn entities(&self, entity: Entity) -> Key {
        self.other(entity.text())
    }

    pub fn entity(&self, entity: Entity, name: &str) -> Key {
        self.entities(entity).text(&folded(name))
    }

    /// The present name of a user who was renamed, by the user's unique id.
    pub fn renamed(&self, id: &str) -> Key {
        self.other("renamed").text(id)
    }

    /// An entity's inline policies: the documents, by the policies' names (whose case counts).
    pub fn inline(&self, entity: Entity, name: &str) -> Key {
        self.other("inline").text(entity.text()).text(&folded(name))
    }

    /// An entity's managed policies, by ARN; an [`AttachmentRecord`](crate::AttachmentRecord) each.
    pub fn attached(&self, entity: Entity, name: &str) -> Key {
        self.other("attached").text(entity.text()).text(&folded(name))
    }

    /// The other way round: the entities of this account that a policy is attached to. Empty rows, by kind and folded name.
    pub fn attachments(&self, policy_arn: &str) -> Key {
        self.other("attachments").text(policy_arn)
    }

    pub fn attachment(&self, policy_arn: &str, entity: Entity, name: &str) -> Key {
        self.attachments(policy_arn).text(entity.text()).text(&folded(name))
    }

    /// The users and roles whose boundary a policy is. Empty rows, by kind and folded name.
    pub fn bounded(&self, policy_arn: &str) -> Key {
        self.other("bounded").text(policy_arn)
    }

    pub fn bounded_entity(&self, policy_arn: &str, entity: Entity, name: &str) -> Key {
        self.bounded(policy_arn).text(entity.text()).text(&folded(name))
    }

    /// The groups of a user: empty rows, by folded name.
    pub fn groups_of(&self, user: &str) -> Key {
        self.other("groups-of").text(&folded(user))
    }

    /// The users of a group: empty rows, by folded name.
    pub fn users_of(&self, group: &str) -> Key {
        self.other("users-of").text(&folded(group))
    }

    /// Customer managed policies, by name: [`PolicyRecord`](crate::PolicyRecord). A name is unique whatever the path.
    pub fn policies(&self) -> Key {
        self.other("policy")
    }

    pub fn policy(&self, name: &str) -> Key {
        self.policies().text(&folded(name))
    }

    /// A policy's versions, by number: [`PolicyVersionRecord`](crate::PolicyVersionRecord).
    pub fn policy_versions(&self, name: &str) -> Key {
        self.other("policy-version").text(&folded(name))
    }

    pub fn instance_profiles(&self) -> Key {
        self.other("instance-profile")
    }

    pub fn instance_profile(&self, name: &str) -> Key {
        self.instance_profiles().text(&folded(name))
    }

    /// The instance profiles that a role is in: empty rows, by folded name.
    pub fn profiles_of(&self, role: &str) -> Key {
        self.other("profiles-of").text(&folded(role))
    }

    /// A user's access keys: empty rows, by id. The records are under [`access_key`].
    pub fn access_keys_of(&self, user: &str) -> Key {
        self.other("access-keys-of").text(&folded(user))
    }

    /// Virtual MFA devices, by path and name (`/a/b`), assigned or not: [`MfaDeviceRecord`](crate::MfaDeviceRecord).
    pub fn mfa_devices(&self) -> Key {
        self.other("mfa-device")
    }

    /// A path ends with a slash.
    pub fn mfa_device(&self, path: &str, name: &str) -> Key {
        self.mfa_devices().text(&format!("{path}{name}"))
    }

    /// The device of a serial number, which is its ARN. Whether the ARN's account is this one is the caller's question.
    pub fn mfa_device_of(&self, serial: &str) -> Option<Key> {
        let name = Arn::parse(serial).filter(|arn| arn.service == "iam")?.resource.strip_prefix("mfa")?.to_owned();
        name.starts_with('/').then(|| self.mfa_devices().text(&name))
    }

    /// A user's MFA devices: empty rows, by serial number (an ARN). The root user's are under the empty name.
    pub fn mfa_devices_of(&self, user: &str) -> Key {
        self.other("mfa-devices-of").text(&folded(user))
    }

    /// [`PasswordPolicyRecord`](crate::PasswordPolicyRecord)
    pub fn password_policy(&self) -> Key {
        self.other("password-policy")
    }

    /// [`PreferencesRecord`](crate::PreferencesRecord)
    pub fn preferences(&self) -> Key {
        self.other("preferences")
    }

    /// Of a management account: [`RootAccessRecord`](crate::RootAccessRecord).
    pub fn root_access(&self) -> Key {
        self.other("root-access")
    }

    /// OIDC providers, by URL without `https://`: [`OidcProviderRecord`](crate::OidcProviderRecord).
    pub fn oidc_providers(&self) -> Key {
        self.other("oidc-provider")
    }

    /// SAML providers, by name: [`SamlProviderRecord`](crate::SamlProviderRecord).
    pub fn saml_providers(&self) -> Key {
        self.other("saml-provider")
    }

    /// The key that signs tokens by an algorithm: PKCS #8.
    pub fn token_key(&self, algorithm: &str) -> Key {
        self.other("token-key").text(algorithm)
    }
}

/// A long-term access key of any account: [`AccessKeyRecord`](crate::AccessKeyRecord).
pub fn access_key(id: &str) -> Key {
    Key::new().text("sys").text("identity").text("access-key").text(id)
}

/// A temporary access key of any account: [`SessionRecord`](crate::SessionRecord).
pub fn session(id: &str) -> Key {
    Key::new().text("sys").text("identity").text("session").text(id)
}

/// Whose tokens are issued under a name: the number of the account, in eight bytes.
pub(crate) fn token_issuer(name: &str) -> Key {
    Key::new().text("sys").text("identity").text("token-issuer").text(name)
}
