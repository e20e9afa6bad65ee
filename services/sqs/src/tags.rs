//! Tags of queues.

use crate::{faults, limits, queue::Queue};
use kernel::{Cx, Result};
use sqs_api::*;
use wire::Dict;

/// Adds or replaces tags (developer guide, "Amazon SQS cost allocation tags"; AWS's general tag restrictions).
pub fn merge(tags: &mut Vec<(String, String)>, added: Dict<String>) -> Result<()> {
    for (key, value) in added.0 {
        if key.is_empty() || key.chars().count() > 128 {
            return Err(faults::invalid_parameter("Tag keys must be between 1 and 128 characters in length."));
        }
        if value.chars().count() > 256 {
            return Err(faults::invalid_parameter("Tag values must be between 0 and 256 characters in length."));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(faults::invalid_parameter("Tag keys must not begin with aws:."));
        }
        match tags.iter_mut().find(|(old, _)| *old == key) {
            Some((_, old)) => *old = value,
            None => tags.push((key, value)),
        }
    }
    if tags.len() > limits::MAX_TAGS {
        return Err(faults::invalid_parameter(format!(
            "Too many tags added for queue: the most is {}.",
            limits::MAX_TAGS
        )));
    }
    Ok(())
}

pub async fn tag_queue(cx: Cx, input: TagQueueInput) -> Result<TagQueueOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    if input.tags.is_empty() {
        return Err(faults::missing_parameter("Tags"));
    }
    queue.update(&cx, |record| merge(&mut record.tags, input.tags.clone())).await?;
    Ok(TagQueueOutput {})
}

pub async fn untag_queue(cx: Cx, input: UntagQueueInput) -> Result<UntagQueueOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    if input.tag_keys.is_empty() {
        return Err(faults::missing_parameter("TagKeys"));
    }
    let forget = |record: &mut crate::records::QueueRecord| {
        record.tags.retain(|(key, _)| !input.tag_keys.contains(key));
        Ok(())
    };
    queue.update(&cx, forget).await?;
    Ok(UntagQueueOutput {})
}

pub async fn list_queue_tags(cx: Cx, input: ListQueueTagsInput) -> Result<ListQueueTagsOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    let tags: Dict<String> = queue.tags.iter().cloned().collect();
    Ok(ListQueueTagsOutput { tags: (!tags.is_empty()).then_some(tags) })
}
