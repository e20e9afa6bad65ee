//! OpenID Connect providers: whose web identities this account's roles may trust.

use crate::{
    names, quota, rows,
    tags::{self, Case},
};
use iam_api::*;
use identity::{IamKeys, OidcProviderRecord, changed, iam_arn};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Key, Rows, Snapshot, Txn},
};
use wire::{Fault, common};

/// AWS's sentence says one less than it takes.
const THUMBPRINTS: usize = 5;

/// A provider's URL without its scheme: `https`, a host, no port, no query, no fragment. Beyond what AWS takes, a provider
/// on this machine may do without TLS, and on any port: `http://localhost:8080/realms/test`.
fn host_and_path(url: &str) -> Result<&str> {
    let invalid = || common::validation_error("Invalid Open ID Connect Provider URL");
    let local = url.strip_prefix("http://");
    let rest = url.strip_prefix("https://").or(local).ok_or_else(invalid)?;
    let (mut host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if local.is_some() {
        let (name, port) = host.split_once(':').unwrap_or((host, "80"));
        let loopback = name == "localhost" || name.ends_with(".localhost") || name == "127.0.0.1";
        if !loopback || port.parse::<u16>().is_err() {
            return Err(invalid());
        }
        host = name;
    }
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let plain = |c: char| ('\u{21}'..='\u{7e}').contains(&c) && !"?#".contains(c);
    (host.split('.').all(label) && path.chars().all(plain)).then_some(rest).ok_or_else(invalid)
}

fn check_thumbprints(thumbprints: &[String]) -> Result<()> {
    if thumbprints.len() > THUMBPRINTS {
        return Err(fault::invalid_input_exception("Thumbprint list must contain fewer than 5 entries."));
    }
    Ok(())
}

fn check_clients(clients: &[String]) -> Result<()> {
    if clients.len() > quota::CLIENT_IDS.1 { Err(quota::CLIENT_IDS.exceeded()) } else { Ok(()) }
}

pub fn arn(cx: &Cx, url: &str) -> String {
    iam_arn(cx, cx.account(), &format!("oidc-provider/{url}"))
}

fn not_found(arn: &str) -> Fault {
    fault::no_such_entity_exception(format!("OpenIDConnect Provider not found for arn {arn}"))
}

/// Where the provider of an ARN is.
fn row(cx: &Cx, arn: &str) -> Result<Key> {
    let url = names::of_arn(cx, arn, "oidc-provider/")?.ok_or_else(|| not_found(arn))?;
    Ok(IamKeys::of(cx.account()).oidc_providers().text(url))
}

pub async fn seen(cx: &Cx, snapshot: &dyn Snapshot, arn: &str) -> Result<OidcProviderRecord> {
    snapshot.record(&row(cx, arn)?).await?.ok_or_else(|| not_found(arn))
}

async fn update(cx: &Cx, arn: &str, mut change: impl FnMut(&mut OidcProviderRecord) -> Result<()>) -> Result<()> {
    let row = row(cx, arn)?;
    cx.write(async |tx| {
        let mut record: OidcProviderRecord = tx.read(&row).await?.ok_or_else(|| not_found(arn))?;
        change(&mut record)?;
        tx.put(row.clone(), record.encode());
        changed(tx);
        Ok(())
    })
    .await
}

/// Without thumbprints, AWS asks the provider for its certificate; nobody is asked here, and none are kept.
pub async fn create_open_id_connect_provider(
    cx: Cx,
    input: CreateOpenIDConnectProviderInput,
) -> Result<CreateOpenIDConnectProviderOutput> {
    let url = host_and_path(&input.url)?;
    let record = OidcProviderRecord {
        url: url.to_owned(),
        clients: input.client_id_list.unwrap_or_default(),
        thumbprints: input.thumbprint_list.unwrap_or_default(),
        created: cx.now(),
        tags: tags::of(input.tags, Case::Counts)?,
    };
    check_thumbprints(&record.thumbprints)?;
    check_clients(&record.clients)?;
    let providers = IamKeys::of(cx.account()).oidc_providers();
    let row = providers.clone().text(url);
    cx.write(async |tx: &mut Txn| {
        if tx.get(&row).await?.is_some() {
            return Err(fault::entity_already_exists_exception(format!(
                "Provider with url {} already exists.",
                input.url
            )));
        }
        quota::OIDC_PROVIDERS.check(tx, &providers, &providers).await?;
        tx.put(row.clone(), record.encode());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(CreateOpenIDConnectProviderOutput {
        open_id_connect_provider_arn: Some(arn(&cx, url)),
        tags: tags::shown(&record.tags),
    })
}

pub async fn get_open_id_connect_provider(
    cx: Cx,
    input: GetOpenIDConnectProviderInput,
) -> Result<GetOpenIDConnectProviderOutput> {
    let record = seen(&cx, &*cx.read(), &input.open_id_connect_provider_arn).await?;
    Ok(GetOpenIDConnectProviderOutput {
        tags: Some(tags::shown(&record.tags).unwrap_or_default()),
        url: Some(record.url),
        client_id_list: Some(record.clients),
        thumbprint_list: Some(record.thumbprints),
        create_date: Some(rows::seconds(record.created)),
    })
}

pub async fn list_open_id_connect_providers(
    cx: Cx,
    _: ListOpenIDConnectProvidersInput,
) -> Result<ListOpenIDConnectProvidersOutput> {
    let urls = cx.read().names(&IamKeys::of(cx.account()).oidc_providers()).await?;
    let entry = |url: String| OpenIDConnectProviderListEntry { arn: Some(arn(&cx, &url)) };
    Ok(ListOpenIDConnectProvidersOutput { open_id_connect_provider_list: Some(urls.into_iter().map(entry).collect()) })
}

pub async fn delete_open_id_connect_provider(
    cx: Cx,
    input: DeleteOpenIDConnectProviderInput,
) -> Result<DeleteOpenIDConnectProviderOutput> {
    let arn = &input.open_id_connect_provider_arn;
    // The model's text calls it idempotent; AWS answers this.
    let missing = || fault::no_such_entity_exception(format!("OpenId connect Provider {arn} cannot be found."));
    let url = names::of_arn(&cx, arn, "oidc-provider/")?.ok_or_else(missing)?;
    let row = IamKeys::of(cx.account()).oidc_providers().text(url);
    cx.write(async |tx| {
        tx.get(&row).await?.ok_or_else(missing)?;
        tx.delete(row.clone());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(DeleteOpenIDConnectProviderOutput {})
}

/// "It does not fail or return an error if you add an existing client ID."
pub async fn add_client_id_to_open_id_connect_provider(
    cx: Cx,
    input: AddClientIDToOpenIDConnectProviderInput,
) -> Result<AddClientIDToOpenIDConnectProviderOutput> {
    update(&cx, &input.open_id_connect_provider_arn, |record| {
        if !record.clients.contains(&input.client_id) {
            record.clients.push(input.client_id.clone());
        }
        check_clients(&record.clients)
    })
    .await?;
    Ok(AddClientIDToOpenIDConnectProviderOutput {})
}

/// "It does not fail or return an error if you try to remove a client ID that does not exist."
pub async fn remove_client_id_from_open_id_connect_provider(
    cx: Cx,
    input: RemoveClientIDFromOpenIDConnectProviderInput,
) -> Result<RemoveClientIDFromOpenIDConnectProviderOutput> {
    update(&cx, &input.open_id_connect_provider_arn, |record| {
        record.clients.retain(|client| *client != input.client_id);
        Ok(())
    })
    .await?;
    Ok(RemoveClientIDFromOpenIDConnectProviderOutput {})
}

pub async fn update_open_id_connect_provider_thumbprint(
    cx: Cx,
    input: UpdateOpenIDConnectProviderThumbprintInput,
) -> Result<UpdateOpenIDConnectProviderThumbprintOutput> {
    check_thumbprints(&input.thumbprint_list)?;
    update(&cx, &input.open_id_connect_provider_arn, |record| {
        record.thumbprints.clone_from(&input.thumbprint_list);
        Ok(())
    })
    .await?;
    Ok(UpdateOpenIDConnectProviderThumbprintOutput {})
}

pub async fn tag_open_id_connect_provider(
    cx: Cx,
    input: TagOpenIDConnectProviderInput,
) -> Result<TagOpenIDConnectProviderOutput> {
    let merge = |record: &mut OidcProviderRecord| tags::merge(&mut record.tags, &input.tags, Case::Counts);
    update(&cx, &input.open_id_connect_provider_arn, merge).await?;
    Ok(TagOpenIDConnectProviderOutput {})
}

pub async fn untag_open_id_connect_provider(
    cx: Cx,
    input: UntagOpenIDConnectProviderInput,
) -> Result<UntagOpenIDConnectProviderOutput> {
    update(&cx, &input.open_id_connect_provider_arn, |record| {
        tags::remove(&mut record.tags, &input.tag_keys, Case::Counts);
        Ok(())
    })
    .await?;
    Ok(UntagOpenIDConnectProviderOutput {})
}

pub async fn list_open_id_connect_provider_tags(
    cx: Cx,
    input: ListOpenIDConnectProviderTagsInput,
) -> Result<ListOpenIDConnectProviderTagsOutput> {
    let record = seen(&cx, &*cx.read(), &input.open_id_connect_provider_arn).await?;
    let page = tags::page(&record.tags, input.max_items, input.marker.as_deref())?;
    Ok(ListOpenIDConnectProviderTagsOutput { is_truncated: page.is_truncated(), tags: page.items, marker: page.marker })
}
