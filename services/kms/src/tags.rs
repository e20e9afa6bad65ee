//! Tags of keys.

use crate::{
    kms_key::{self, Aliases, KmsKey},
    limits::MAX_TAGS,
    paging::Paging,
    records::DetailsRecord,
};
use kernel::{Cx, Result, record::Record};
use kms_api::*;

/// The tags of a new key.
pub fn of(given: &[Tag]) -> Result<Vec<(String, String)>> {
    let mut tags = Vec::new();
    merge(&mut tags, given)?;
    Ok(tags)
}

fn merge(tags: &mut Vec<(String, String)>, given: &[Tag]) -> Result<()> {
    for (index, Tag { tag_key, tag_value }) in given.iter().enumerate() {
        if tag_key.to_ascii_lowercase().starts_with("aws:") {
            return Err(fault::tag_exception("Tags beginning with aws: are reserved"));
        }
        if given[..index].iter().any(|earlier| earlier.tag_key == *tag_key) {
            return Err(fault::tag_exception("Duplicate tag keys"));
        }
        match tags.iter_mut().find(|(key, _)| key == tag_key) {
            Some((_, value)) => value.clone_from(tag_value),
            None => tags.push((tag_key.clone(), tag_value.clone())),
        }
    }
    match tags.len() > MAX_TAGS {
        true => Err(fault::tag_exception("Too many tags")),
        false => Ok(()),
    }
}

async fn change(cx: &Cx, key_id: &str, mut change: impl FnMut(&mut Vec<(String, String)>) -> Result<()>) -> Result<()> {
    let key = KmsKey::find(cx, key_id, Aliases::Refused).await?;
    key.require_customer_managed()?;
    key.require_kept()?;
    let at = key.keys(cx).details(&key.id);
    key.change(cx, async |tx, _| {
        let mut details: DetailsRecord = kms_key::decode(&tx.get(&at).await?.unwrap_or_default())?;
        change(&mut details.tags)?;
        tx.put(at.clone(), details.encode());
        Ok(())
    })
    .await
}

pub async fn tag_resource(cx: Cx, input: TagResourceInput) -> Result<TagResourceOutput> {
    change(&cx, &input.key_id, |tags| merge(tags, &input.tags)).await?;
    Ok(TagResourceOutput {})
}

pub async fn untag_resource(cx: Cx, input: UntagResourceInput) -> Result<UntagResourceOutput> {
    let remove = |tags: &mut Vec<(String, String)>| {
        tags.retain(|(key, _)| !input.tag_keys.contains(key));
        Ok(())
    };
    change(&cx, &input.key_id, remove).await?;
    Ok(UntagResourceOutput {})
}

pub async fn list_resource_tags(cx: Cx, input: ListResourceTagsInput) -> Result<ListResourceTagsOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    let page = Paging::of(input.limit, input.marker.as_deref(), 50)?.list(shown(&key.tags))?;
    Ok(ListResourceTagsOutput { truncated: page.truncated(), next_marker: page.marker, tags: Some(page.items) })
}

pub fn shown(tags: &[(String, String)]) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { tag_key: key.clone(), tag_value: value.clone() }).collect()
}
