//! Queue attributes: reading what a client sets, and showing what is in force.

use crate::{
    faults, limits, policy,
    queue::Queue,
    records::{QueueRecord, Redrive},
    redrive, retention, statistics,
};
use kernel::{Cx, Result, record::Record};
use sqs_api::*;
use std::ops::RangeInclusive;
use wire::{Dict, Fault, Json};

/// A queue with every attribute at its default (API reference, CreateQueue).
pub fn defaults(name: &str, fifo: bool) -> QueueRecord {
    QueueRecord {
        name: name.to_owned(),
        fifo,
        maximum_size: *limits::MESSAGE_SIZE.end(),
        retention: 345_600,
        visibility: 30,
        kms_reuse: 300,
        managed_sse: true,
        ..QueueRecord::default()
    }
}

pub fn invalid(name: &str) -> Fault {
    fault::invalid_attribute_value(format!("Invalid value for the parameter {name}."))
}

/// Sets the attributes asked for, in the order given; nothing is set if one of them is wrong.
pub async fn apply(cx: &Cx, record: &mut QueueRecord, asked: &Dict<String>) -> Result<()> {
    let wants = |name: &str, wanted: fn(&str) -> bool| asked.get(name).is_some_and(|value| wanted(value));
    if wants("KmsMasterKeyId", |key| !key.is_empty()) && wants("SqsManagedSseEnabled", |value| value == "true") {
        return Err(fault::invalid_attribute_name(
            "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
        ));
    }
    for (name, value) in asked.iter() {
        set(cx, record, name, value).await?;
    }
    if record.throughput_per_group && !record.deduplication_per_group {
        return Err(faults::invalid_parameter(
            "The perMessageGroupId value for the FifoThroughputLimit attribute is allowed only when the value for \
             DeduplicationScope is messageGroup.",
        ));
    }
    Ok(())
}

async fn set(cx: &Cx, record: &mut QueueRecord, name: &str, value: &str) -> Result<()> {
    let fifo_only = |record: &QueueRecord| match record.fifo {
        true => Ok(()),
        false => Err(fault::invalid_attribute_name(format!("Unknown Attribute {name}."))),
    };
    match name {
        "DelaySeconds" => record.delay = number(name, value, 0..=limits::MAX_DELAY)?,
        "MaximumMessageSize" => record.maximum_size = number(name, value, limits::MESSAGE_SIZE)?,
        "MessageRetentionPeriod" => record.retention = number(name, value, limits::RETENTION)?,
        "ReceiveMessageWaitTimeSeconds" => record.wait = number(name, value, 0..=limits::MAX_WAIT)?,
        "VisibilityTimeout" => record.visibility = number(name, value, 0..=limits::MAX_VISIBILITY)?,
        "Policy" => record.policy = policy::check(value)?,
        "RedrivePolicy" => record.redrive = redrive::parse(cx, record, value).await?,
        "RedriveAllowPolicy" => record.redrive_allow = redrive::parse_allow(value)?,
        "KmsMasterKeyId" => {
            record.kms_key = value.to_owned();
            // The two kinds of encryption exclude each other; setting one ends the other.
            record.managed_sse &= value.is_empty();
        }
        "KmsDataKeyReusePeriodSeconds" => record.kms_reuse = number(name, value, limits::KMS_REUSE)?,
        "SqsManagedSseEnabled" => {
            record.managed_sse = boolean(name, value)?;
            if record.managed_sse {
                record.kms_key.clear();
            }
        }
        "FifoQueue" => {
            fifo_only(record)?;
            if !boolean(name, value)? {
                return Err(fault::invalid_attribute_value(
                    "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
                ));
            }
        }
        "ContentBasedDeduplication" => {
            fifo_only(record)?;
            record.content_deduplication = boolean(name, value)?;
        }
        "DeduplicationScope" => {
            fifo_only(record)?;
            record.deduplication_per_group = choice(name, value, "queue", "messageGroup")?;
        }
        "FifoThroughputLimit" => {
            fifo_only(record)?;
            record.throughput_per_group = choice(name, value, "perQueue", "perMessageGroupId")?;
        }
        _ => return Err(fault::invalid_attribute_name(format!("Unknown Attribute {name}."))),
    }
    Ok(())
}

fn number(name: &str, value: &str, allowed: RangeInclusive<u32>) -> Result<u32> {
    value.parse().ok().filter(|number| allowed.contains(number)).ok_or_else(|| invalid(name))
}

fn boolean(name: &str, value: &str) -> Result<bool> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(invalid(name)),
    }
}

fn choice(name: &str, value: &str, no: &str, yes: &str) -> Result<bool> {
    match value {
        _ if value == yes => Ok(true),
        _ if value == no => Ok(false),
        _ => Err(invalid(name)),
    }
}

/// Whether creating a queue again asks for what is there already.
pub fn same(existing: &QueueRecord, wanted: &QueueRecord, asked: &Dict<String>) -> Result<()> {
    for (name, _) in asked.iter() {
        if stored(existing, name) != stored(wanted, name) {
            return Err(fault::queue_name_exists(format!(
                "A queue already exists with the same name and a different value for attribute {name}"
            )));
        }
    }
    Ok(())
}

/// The attributes that a record holds, as text; `None` where it is not set, or no such attribute.
fn stored(record: &QueueRecord, name: &str) -> Option<String> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let fifo = |value: String| record.fifo.then_some(value);
    Some(match name {
        "DelaySeconds" => record.delay.to_string(),
        "MaximumMessageSize" => record.maximum_size.to_string(),
        "MessageRetentionPeriod" => record.retention.to_string(),
        "ReceiveMessageWaitTimeSeconds" => record.wait.to_string(),
        "VisibilityTimeout" => record.visibility.to_string(),
        "CreatedTimestamp" => record.created.secs().to_string(),
        "LastModifiedTimestamp" => record.modified.secs().to_string(),
        "Policy" => return text(&record.policy),
        "RedrivePolicy" => return record.redrive.as_ref().map(render_redrive),
        "RedriveAllowPolicy" => return text(&record.redrive_allow),
        "KmsMasterKeyId" => return text(&record.kms_key),
        // Only shown beside a key.
        "KmsDataKeyReusePeriodSeconds" if record.kms_key.is_empty() => return None,
        "KmsDataKeyReusePeriodSeconds" => record.kms_reuse.to_string(),
        "SqsManagedSseEnabled" => record.managed_sse.to_string(),
        "FifoQueue" => return fifo("true".to_owned()),
        "ContentBasedDeduplication" => return fifo(record.content_deduplication.to_string()),
        "DeduplicationScope" => {
            return fifo(if record.deduplication_per_group { "messageGroup" } else { "queue" }.to_owned());
        }
        "FifoThroughputLimit" => {
            return fifo(if record.throughput_per_group { "perMessageGroupId" } else { "perQueue" }.to_owned());
        }
        _ => return None,
    })
}

fn render_redrive(redrive: &Redrive) -> String {
    Json::Object(vec![
        ("deadLetterTargetArn".into(), redrive.target_arn.clone().into()),
        ("maxReceiveCount".into(), i64::from(redrive.max_receives).into()),
    ])
    .to_string()
}

const COUNTS: [&str; 3] =
    ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];

pub async fn get_queue_attributes(cx: Cx, input: GetQueueAttributesInput) -> Result<GetQueueAttributesOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    let asked = input.attribute_names.unwrap_or_default();
    let all = asked.contains(&QueueAttributeName::All);
    if let Some(unknown) = asked.iter().find(|name| !QueueAttributeName::VALUES.contains(&name.as_str())) {
        return Err(fault::invalid_attribute_name(format!("Unknown Attribute {unknown}.")));
    }
    let wanted = |name: &str| all || asked.iter().any(|asked| asked.as_str() == name);
    let counts = match COUNTS.into_iter().any(wanted) {
        true => Some(statistics::count(&cx, &queue).await?),
        false => None,
    };
    let mut attributes = Dict::default();
    for name in QueueAttributeName::VALUES.iter().filter(|name| wanted(name)) {
        let value = match (*name, &counts) {
            ("QueueArn", _) => Some(queue.arn.to_string()),
            ("ApproximateNumberOfMessages", Some(counts)) => Some(counts.visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible", Some(counts)) => Some(counts.in_flight.to_string()),
            ("ApproximateNumberOfMessagesDelayed", Some(counts)) => Some(counts.delayed.to_string()),
            (name, _) => stored(&queue, name),
        };
        if let Some(value) = value {
            attributes.insert(*name, value);
        }
    }
    Ok(GetQueueAttributesOutput { attributes: (!attributes.is_empty()).then_some(attributes) })
}

pub async fn set_queue_attributes(cx: Cx, input: SetQueueAttributesInput) -> Result<SetQueueAttributesOutput> {
    cx.write(async |tx| {
        let queue = Queue::find(&cx, &input.queue_url).await?;
        let mut changed = (*queue.record).clone();
        apply(&cx, &mut changed, &input.attributes).await?;
        changed.modified = cx.now();
        queue.unchanged(tx);
        if changed.retention < queue.retention {
            let now = cx.now();
            retention::schedule(tx, &cx, queue.owner, &mut changed, now);
        }
        tx.put(queue.keys.queue(&queue.name), changed.encode());
        // A shorter delay or another policy may concern those who wait.
        tx.wake_after(queue.arn);
        Ok(())
    })
    .await?;
    Ok(SetQueueAttributesOutput {})
}
