//! Answers what every call asks: whose is an access key, and which policies are over its bearer.
//!
//! What was found out is kept under the generation that it was found in.

use crate::{
    AccessKeyRecord, Entity, IamKeys, PasswordPolicyRecord, RoleRecord, SessionRecord, Tags, UserRecord, access_key,
    aws_managed, folded, generation, organization, records::session_kind, session, signing,
};
use kernel::{
    AccountId, Caller, CallerKind, Cloud, Identified, Region, Result, Session,
    credentials::{ROOT_SECRET, root_account},
    identity::{Account, Bearer, Controls, Grants, Identity, Named},
    store::{Answer, Rows, Snapshot},
};
use lang::policy::{Form, Kind, Policy};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};
use wire::{Fault, Json};

/// The identity of a cloud with IAM.
#[derive(Default)]
pub struct Directory {
    known: Mutex<Known>,
    parsed: Parsed,
}

/// Keys and accounts kept; beyond that all are found out anew.
const KEPT: usize = 10_000;
const PARSED: usize = 4_096;

#[derive(Default)]
struct Known {
    /// Of which all else is.
    state: State,
    /// By access key; each as of requests of one partition.
    bearers: HashMap<Box<str>, (&'static str, Arc<Bearer>)>,
    controls: HashMap<AccountId, Arc<Controls>>,
}

/// The store's epoch and the generation of identity within it.
type State = (u64, i64);

impl Directory {
    /// What is known of a state, once what was known of others is forgotten.
    fn with<R>(&self, state: State, look: impl FnOnce(&mut Known) -> R) -> R {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.state != state || known.bearers.len() + known.controls.len() > KEPT {
            *known = Known { state, ..Known::default() };
        }
        look(&mut known)
    }
}

/// Documents by kind and text: one means the same whatever changes around it.
#[derive(Default)]
struct Parsed(Mutex<HashMap<Document, Arc<Policy>>>);

type Document = (Kind, Box<str>);

impl Parsed {
    /// A stored document was valid when it was stored; one that no longer parses denies everything.
    fn parse(&self, kind: Kind, text: &str) -> Arc<Policy> {
        static DENY: LazyLock<Arc<Policy>> = LazyLock::new(|| {
            let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
            Arc::new(
                Policy::parse(everything, Kind::Identity).unwrap_or_else(|_| Policy::new(lang::policy::Version::V2012)),
            )
        });
        let mut parsed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (kind, Box::from(text));
        if let Some(policy) = parsed.get(&key) {
            return policy.clone();
        }
        let policy = Policy::parse(text, kind).map_or_else(|_| DENY.clone(), Arc::new);
        if parsed.len() >= PARSED {
            parsed.clear();
        }
        parsed.insert(key, policy.clone());
        policy
    }
}

impl Identity for Directory {
    fn bearer<'a>(&'a self, cloud: &'a Cloud, key: &'a str, region: Region) -> Answer<'a, Result<Option<Arc<Bearer>>>> {
        Answer::later(async move {
            let epoch = cloud.engine().epoch();
            let snapshot = cloud.engine().latest();
            let state = (epoch, generation(&*snapshot).await?);
            let partition = region.partition();
            if let Some((of, bearer)) = self.with(state, |known| known.bearers.get(key).cloned())
                && of == partition
            {
                return Ok(Some(bearer));
            }
            let finder = Finder { parsed: &self.parsed, snapshot: &*snapshot, partition };
            let bearer = finder.bearer(key).await?.map(Arc::new);
            // What is not there is not kept: sessions begin without a new generation.
            if let Some(bearer) = &bearer {
                self.with(state, |known| known.bearers.insert(key.into(), (partition, bearer.clone())));
            }
            Ok(bearer)
        })
    }

    fn accounts<'a>(&'a self, cloud: &'a Cloud) -> Answer<'a, Result<Vec<Account>>> {
        Answer::later(async move {
            let records = organization::accounts(&*cloud.engine().snapshot()).await?;
            let account = |record: organization::AccountRecord| Account {
                id: record.account(),
                state: organization::account_state::text(record.state),
                name: record.name,
                email: record.email,
                organization: record.organization,
            };
            Ok(records.into_iter().map(account).collect())
        })
    }

    fn entity_id<'a>(&'a self, cloud: &'a Cloud, arn: &'a str) -> Answer<'a, Result<Option<String>>> {
        Answer::later(async move {
            let Some((account, entity, name)) = entity_of_arn(arn) else { return Ok(None) };
            let (snapshot, key) = (cloud.engine().snapshot(), IamKeys::of(account).entity(entity, name));
            Ok(match entity {
                Entity::Role => snapshot.record::<RoleRecord>(&key).await?.map(|role| role.id),
                _ => snapshot.record::<UserRecord>(&key).await?.map(|user| user.id),
            })
        })
    }

    fn token_keys<'a>(&'a self, cloud: &'a Cloud, issuer: &'a str) -> Answer<'a, Result<Option<Json>>> {
        Answer::later(async move { signing::published(&*cloud.engine().snapshot(), issuer).await })
    }

    fn controls<'a>(&'a self, cloud: &'a Cloud, account: AccountId) -> Answer<'a, Result<Arc<Controls>>> {
        Answer::later(async move {
            let epoch = cloud.engine().epoch();
            let snapshot = cloud.engine().latest();
            let state = (epoch, generation(&*snapshot).await?);
            if let Some(controls) = self.with(state, |known| known.controls.get(&account).cloned()) {
                return Ok(controls);
            }
            let finder = Finder { parsed: &self.parsed, snapshot: &*snapshot, partition: "aws" };
            let controls = Arc::new(finder.controls(account).await?);
            self.with(state, |known| known.controls.insert(account, controls.clone()));
            Ok(controls)
        })
    }
}

/// The user or role behind an ARN, also behind that of a role's session.
fn entity_of_arn(arn: &str) -> Option<(AccountId, Entity, &str)> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, _, account, resource) =
        (parts.next()?, parts.next()?, AccountId::parse(parts.next()?)?, parts.next()?);
    let (kind, path) = resource.split_once('/')?;
    match (service, kind) {
        ("iam", "user") => Some((account, Entity::User, path.rsplit('/').next()?)),
        ("iam", "role") => Some((account, Entity::Role, path.rsplit('/').next()?)),
        ("sts", "assumed-role") => Some((account, Entity::Role, path.split('/').next()?)),
        _ => None,
    }
}

/// The policies over an entity, for simulations: those of a user (with its groups) or a role, by name.
pub async fn grants_of(cloud: &Cloud, account: AccountId, entity: Entity, name: &str) -> Result<Grants> {
    let parsed = Parsed::default();
    let snapshot = cloud.engine().latest();
    let finder = Finder { parsed: &parsed, snapshot: &*snapshot, partition: "aws" };
    let keys = IamKeys::of(account);
    let boundary = match entity {
        Entity::User => {
            finder.snapshot.record::<UserRecord>(&keys.entity(entity, name)).await?.map(|user| user.boundary)
        }
        Entity::Role => {
            finder.snapshot.record::<RoleRecord>(&keys.entity(entity, name)).await?.map(|role| role.boundary)
        }
        Entity::Group => None,
    };
    finder.grants(account, entity, name, &boundary.unwrap_or_default()).await
}

struct Finder<'a> {
    parsed: &'a Parsed,
    snapshot: &'a dyn Snapshot,
    partition: &'static str,
}

impl Finder<'_> {
    async fn bearer(&self, key: &str) -> Result<Option<Bearer>> {
        if let Some(account) = root_account(key) {
            let caller = Caller { grants: self.roots(account).await?, ..Caller::root(account, key) };
            return Ok(Some(Bearer { secret: ROOT_SECRET.into(), token: None, caller }));
        }
        match self.snapshot.record::<AccessKeyRecord>(&access_key(key)).await? {
            Some(record) if record.inactive => Ok(None),
            Some(record) => self.by_key(key, record).await,
            None => match self.snapshot.record::<SessionRecord>(&session(key)).await? {
                Some(record) => self.by_session(key, record).await,
                None => Ok(None),
            },
        }
    }

    async fn by_key(&self, key: &str, record: AccessKeyRecord) -> Result<Option<Bearer>> {
        let account = AccountId(record.account);
        let caller = if record.user.is_empty() {
            Caller { grants: self.roots(account).await?, ..Caller::root(account, key) }
        } else {
            let Some((kind, grants)) = self.user(account, &record.user, None, &[]).await? else { return Ok(None) };
            Caller { grants: Arc::new(grants), ..Caller::new(kind, account, key) }
        };
        Ok(Some(Bearer { secret: record.secret.into(), token: None, caller }))
    }

    async fn by_session(&self, key: &str, record: SessionRecord) -> Result<Option<Bearer>> {
        let account = AccountId(record.account);
        let (kind, mut grants) = match record.kind {
            session_kind::ROOT => (CallerKind::Root, self.root_grants(account).await?),
            session_kind::USER => {
                let Some(user) = self.user(account, &record.name, Some(&record.id), &record.tags).await? else {
                    return Ok(None);
                };
                user
            }
            session_kind::ROLE => {
                let Some(role) = self.role(account, &record).await? else { return Ok(None) };
                role
            }
            session_kind::FEDERATED_BY_ROOT | session_kind::FEDERATED_BY_USER => {
                let Some(federated) = self.federated(account, &record).await? else { return Ok(None) };
                federated
            }
            _ => return Ok(None),
        };
        grants.session = self.session_policies(account, &record).await?;
        let session = Session {
            issued: record.issued,
            expires: record.expires,
            mfa_at: record.mfa_at,
            source_identity: record.source_identity,
            provider: record.provider,
            claims: record.claims,
            tags: record.tags,
            transitive: record.transitive,
            chained: record.chained,
        };
        let caller =
            Caller { session: Some(Arc::new(session)), grants: Arc::new(grants), ..Caller::new(kind, account, key) };
        Ok(Some(Bearer { secret: record.secret.into(), token: Some(record.token.into()), caller }))
    }

    async fn roots(&self, account: AccountId) -> Result<Arc<Grants>> {
        Ok(Arc::new(self.root_grants(account).await?))
    }

    async fn root_grants(&self, account: AccountId) -> Result<Grants> {
        Ok(Grants { controls: Arc::new(self.controls(account).await?), ..Grants::default() })
    }

    fn iam_arn(&self, account: AccountId, resource: &str) -> String {
        format!("arn:{}:iam::{account}:{resource}", self.partition)
    }

    /// A user as a caller; `None` where it is gone, or another by the same name.
    async fn user(
        &self,
        account: AccountId,
        name: &str,
        id: Option<&str>,
        session_tags: &[(String, String)],
    ) -> Result<Option<(CallerKind, Grants)>> {
        let keys = IamKeys::of(account);
        let named = async |name: &str| {
            let user = self.snapshot.record::<UserRecord>(&keys.entity(Entity::User, name)).await?;
            Ok::<_, Fault>(user.filter(|user| id.is_none_or(|id| user.id == id)))
        };
        let user = match (named(name).await?, id) {
            // Sessions go on when their user has another name.
            (None, Some(id)) => match self.snapshot.get(&keys.renamed(id)).await? {
                Some(row) => named(str::from_utf8(&row.value).unwrap_or_default()).await?,
                None => None,
            },
            (found, _) => found,
        };
        let Some(user) = user else { return Ok(None) };
        let mut grants = self.grants(account, Entity::User, &user.name, &user.boundary).await?;
        let arn = self.iam_arn(account, &format!("user{}{}", user.path, user.name));
        let passwords: Option<PasswordPolicyRecord> =
            self.snapshot.record(&IamKeys::of(account).password_policy()).await?;
        if passwords.is_some_and(|policy| policy.users_may_change) {
            // "The permissions are applied at the account-level for all users by IAM" (PasswordPolicy, API reference).
            let own = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"iam:ChangePassword","Resource":"{arn}"}},
                {{"Effect":"Allow","Action":"iam:GetAccountPasswordPolicy","Resource":"*"}}]}}"#
            );
            grants.identity.push(self.named("the account's password policy", Form::Inline, Kind::Identity, &own));
        }
        let who = Identified {
            entity_arn: arn.clone(),
            arn,
            entity_id: user.id.as_str().into(),
            id: user.id,
            account: account.to_string(),
            name: user.name,
            tags: overlaid(user.tags, session_tags),
            service_linked: false,
        };
        Ok(Some((CallerKind::User(Arc::new(who)), grants)))
    }

    async fn role(&self, account: AccountId, session: &SessionRecord) -> Result<Option<(CallerKind, Grants)>> {
        let key = IamKeys::of(account).entity(Entity::Role, &session.name);
        let Some(role) = self.snapshot.record::<RoleRecord>(&key).await?.filter(|role| role.id == session.id) else {
            return Ok(None);
        };
        let mut grants = self.grants(account, Entity::Role, &session.name, &role.boundary).await?;
        if !role.service.is_empty() {
            // Organizations user guide, "Tasks and entities not restricted by SCPs".
            let Controls { organization, path, .. } = &*grants.controls;
            grants.controls =
                Arc::new(Controls { organization: organization.clone(), path: path.clone(), ..Controls::default() });
        }
        let who = Identified {
            arn: format!("arn:{}:sts::{account}:assumed-role/{}/{}", self.partition, role.name, session.session_name),
            id: format!("{}:{}", role.id, session.session_name),
            account: account.to_string(),
            entity_arn: self.iam_arn(account, &format!("role{}{}", role.path, role.name)),
            entity_id: role.id.as_str().into(),
            name: role.name,
            tags: overlaid(role.tags, &session.tags),
            service_linked: !role.service.is_empty(),
        };
        Ok(Some((CallerKind::AssumedRole(Arc::new(who)), grants)))
    }

    async fn federated(&self, account: AccountId, session: &SessionRecord) -> Result<Option<(CallerKind, Grants)>> {
        let (entity_arn, entity_id, grants) = if session.kind == session_kind::FEDERATED_BY_ROOT {
            let mut grants = self.root_grants(account).await?;
            // The root user may everything; what the session's policies do not name is not allowed all the same.
            const ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
            grants.identity.push(self.named("the root user", Form::Inline, Kind::Identity, ALL));
            (self.iam_arn(account, "root"), Arc::from(account.to_string()), grants)
        } else {
            let Some((CallerKind::User(user), grants)) =
                self.user(account, &session.session_name, Some(&session.id), &[]).await?
            else {
                return Ok(None);
            };
            (user.arn.clone(), user.entity_id.clone(), grants)
        };
        let who = Identified {
            arn: format!("arn:{}:sts::{account}:federated-user/{}", self.partition, session.name),
            id: format!("{account}:{}", session.name),
            account: account.to_string(),
            name: session.name.clone(),
            entity_arn,
            entity_id,
            tags: session.tags.clone(),
            service_linked: false,
        };
        Ok(Some((CallerKind::FederatedUser(Arc::new(who)), grants)))
    }

    async fn session_policies(&self, account: AccountId, session: &SessionRecord) -> Result<Vec<Named>> {
        let mut found: Vec<Named> = session
            .policies
            .iter()
            .map(|text| self.named("the session policy", Form::Inline, Kind::Session, text))
            .collect();
        for arn in &session.managed_policies {
            // One that is gone by now allows nothing, but it still limits the session.
            let text = self.managed(account, arn).await?.unwrap_or_default();
            found.push(self.named(arn, Form::Managed, Kind::Session, &text));
        }
        Ok(found)
    }

    async fn grants(&self, account: AccountId, entity: Entity, name: &str, boundary: &str) -> Result<Grants> {
        let mut grants = self.root_grants(account).await?;
        self.collect(account, entity, name, &mut grants.identity).await?;
        if entity == Entity::User {
            for group in self.snapshot.names(&IamKeys::of(account).groups_of(name)).await? {
                self.collect(account, Entity::Group, &group, &mut grants.identity).await?;
            }
        }
        if !boundary.is_empty() {
            let text = self.managed(account, boundary).await?.unwrap_or_default();
            grants.boundary = Some(self.named(boundary, Form::Managed, Kind::PermissionsBoundary, &text));
        }
        Ok(grants)
    }

    /// The inline and managed policies of one entity.
    async fn collect(&self, account: AccountId, entity: Entity, name: &str, into: &mut Vec<Named>) -> Result<()> {
        let keys = IamKeys::of(account);
        for row in self.snapshot.below(&keys.inline(entity, name)).await? {
            if let Some(policy) = row.key.name() {
                let text = str::from_utf8(&row.value).unwrap_or_default();
                into.push(self.named(&policy, Form::Inline, Kind::Identity, text));
            }
        }
        for arn in self.snapshot.names(&keys.attached(entity, name)).await? {
            if let Some(text) = self.managed(account, &arn).await? {
                into.push(self.named(&arn, Form::Managed, Kind::Identity, &text));
            }
        }
        Ok(())
    }

    /// A managed policy's document in force: AWS's own, or the account's.
    async fn managed(&self, account: AccountId, arn: &str) -> Result<Option<String>> {
        managed_document(self.snapshot, account, arn).await
    }

    fn named(&self, name: &str, form: Form, kind: Kind, text: &str) -> Named {
        Named { name: name.into(), form, policy: self.parsed.parse(kind, text) }
    }

    async fn controls(&self, account: AccountId) -> Result<Controls> {
        let Some(place) = organization::membership(self.snapshot, account).await? else {
            return Ok(Controls::default());
        };
        let organization::Controls { service, resource } = organization::controls(self.snapshot, account).await?;
        let parse = |kind, levels: Vec<Vec<organization::Document>>| {
            let level = |documents: Vec<organization::Document>| {
                documents.iter().map(|(name, text)| self.named(name, Form::Managed, kind, text)).collect()
            };
            levels.into_iter().map(level).collect()
        };
        Ok(Controls {
            organization: Some(place.organization),
            path: place.path,
            scps: parse(Kind::ServiceControl, service),
            // RCPFullAWSAccess allows, which the grammar of customers' resource control policies has no words for.
            rcps: parse(Kind::Resource, resource),
        })
    }
}

/// A managed policy's document in force, by its ARN: AWS's own, or a customer's.
pub async fn managed_document(snapshot: &dyn Snapshot, account: AccountId, arn: &str) -> Result<Option<String>> {
    let Some((owner, path)) = arn.split_once(":iam::").and_then(|(_, rest)| rest.split_once(":policy/")) else {
        return Ok(None);
    };
    if owner == "aws" {
        return Ok(aws_managed::find(arn).map(|policy| policy.document.to_owned()));
    }
    let account = AccountId::parse(owner).unwrap_or(account);
    let name = folded(path.rsplit('/').next().unwrap_or_default());
    let keys = IamKeys::of(account);
    let Some(policy) = snapshot.record::<crate::PolicyRecord>(&keys.policy(&name)).await? else { return Ok(None) };
    let version = keys.policy_versions(&name).number(policy.default_version);
    let version = snapshot.record::<crate::PolicyVersionRecord>(&version).await?;
    Ok(version.map(|version| version.document))
}

/// The tags of an entity with those of its session over them.
fn overlaid(mut tags: Tags, session: &[(String, String)]) -> Tags {
    tags.retain(|(key, _)| !session.iter().any(|(over, _)| over.eq_ignore_ascii_case(key)));
    tags.extend_from_slice(session);
    tags
}
