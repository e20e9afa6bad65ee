//! What a client wants to send, checked before anything is stored.

use crate::{
    digest, faults,
    limits::{MAX_ATTRIBUTES, MAX_DELAY, MAX_ID},
    queue::Queue,
    records::AttributeRecord,
};
use kernel::Result;
use sqs_api::*;
use wire::{Dict, Fault};

/// A message that may be sent: every rule that does not depend on other messages holds.
pub struct Draft {
    pub body: String,
    /// Seconds; `None` for the queue's.
    pub delay: Option<u32>,
    pub attributes: Vec<AttributeRecord>,
    pub trace_header: Option<AttributeRecord>,
    pub deduplication: Option<String>,
    pub group: String,
    /// Bytes that count towards the maximum: the body, and names, types and values of attributes.
    pub size: usize,
}

/// Why a message may not be sent.
pub enum Refusal {
    /// In a batch, its entry alone fails.
    Entry(Fault),
    /// In a batch, all of it fails: a FIFO message lacks its group or deduplication id.
    Request(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        Refusal::Entry(fault)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        match refusal {
            Refusal::Entry(fault) | Refusal::Request(fault) => fault,
        }
    }
}

/// The members that SendMessage and an entry of SendMessageBatch have in common.
pub struct Wanted {
    pub body: String,
    pub delay: Option<i32>,
    pub attributes: Option<Dict<MessageAttributeValue>>,
    pub system_attributes: Option<Dict<MessageSystemAttributeValue>>,
    pub deduplication: Option<String>,
    pub group: Option<String>,
}

impl From<SendMessageInput> for Wanted {
    fn from(input: SendMessageInput) -> Wanted {
        Wanted {
            body: input.message_body,
            delay: input.delay_seconds,
            attributes: input.message_attributes,
            system_attributes: input.message_system_attributes,
            deduplication: input.message_deduplication_id,
            group: input.message_group_id,
        }
    }
}

impl From<SendMessageBatchRequestEntry> for Wanted {
    fn from(entry: SendMessageBatchRequestEntry) -> Wanted {
        Wanted {
            body: entry.message_body,
            delay: entry.delay_seconds,
            attributes: entry.message_attributes,
            system_attributes: entry.message_system_attributes,
            deduplication: entry.message_deduplication_id,
            group: entry.message_group_id,
        }
    }
}

impl Wanted {
    pub fn check(self, queue: &Queue) -> std::result::Result<Draft, Refusal> {
        if self.body.is_empty() {
            return Err(faults::missing_parameter("MessageBody").into());
        }
        if !allowed(&self.body) {
            return Err(fault::invalid_message_contents(
                "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to \
                 #xFFFD | #x10000 to #x10FFFF",
            )
            .into());
        }
        let delay = match self.delay {
            // The queue's applies; AWS lets those pass who always write a delay.
            Some(0) if queue.fifo => None,
            delay => delay.map(|delay| check_delay(queue, delay)).transpose()?,
        };
        let attributes = check_attributes(self.attributes.unwrap_or_default())?;
        let trace_header = check_system_attributes(self.system_attributes.unwrap_or_default())?;
        let size = self.body.len() + attributes.iter().map(size).sum::<usize>();
        // System attributes do not count towards the size (API reference, SendMessage). Guess: by themselves they are
        // bound by it.
        if size.max(trace_header.as_ref().map_or(0, self::size)) > queue.maximum_size as usize {
            return Err(faults::invalid_parameter(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
                queue.maximum_size
            ))
            .into());
        }
        let group = check_group(queue, self.group)?;
        let deduplication = check_deduplication(queue, self.deduplication, &self.body)?;
        Ok(Draft { body: self.body, delay, attributes, trace_header, deduplication, group, size })
    }
}

/// XML 1.0's characters.
fn allowed(text: &str) -> bool {
    // Folds without an early exit: the compiler makes vector loops of them.
    let bad_control = text.bytes().fold(false, |bad, b| bad | (b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')));
    // U+FFFE and U+FFFF, the only others that a Rust string may hold, are EF BF BE and EF BF BF.
    !bad_control && (text.is_ascii() || !text.contains(['\u{fffe}', '\u{ffff}']))
}

fn check_delay(queue: &Queue, delay: i32) -> Result<u32> {
    if queue.fifo {
        return Err(faults::invalid_value(
            delay,
            "DelaySeconds",
            "The request include parameter that is not valid for this queue type.",
        ));
    }
    u32::try_from(delay).ok().filter(|delay| *delay <= MAX_DELAY).ok_or_else(|| {
        faults::invalid_value(delay, "DelaySeconds", &format!("DelaySeconds must be >= 0 and <= {MAX_DELAY}."))
    })
}

fn size(attribute: &AttributeRecord) -> usize {
    let value = attribute.string.as_ref().map_or(0, String::len) + attribute.binary.as_ref().map_or(0, |b| b.len());
    attribute.name.len() + attribute.data_type.len() + value
}

fn check_attributes(attributes: Dict<MessageAttributeValue>) -> Result<Vec<AttributeRecord>> {
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(faults::invalid_parameter(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MAX_ATTRIBUTES}].",
            attributes.len()
        )));
    }
    let check = |(name, value): (String, MessageAttributeValue)| {
        check_name(&name)?;
        if value.string_list_values.is_some() || value.binary_list_values.is_some() {
            // The model has these members and says: "Not implemented. Reserved for future use."
            return Err(fault::unsupported_operation(
                "Message attribute list values in SendMessage operation are not supported.",
            ));
        }
        check_value(name, value.data_type, value.string_value, value.binary_value)
    };
    attributes.0.into_iter().map(check).collect()
}

/// The rules of the developer guide, "Amazon SQS message metadata".
fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let lower = name.to_ascii_lowercase();
    if name.is_empty() || name.chars().count() > 256 {
        Err(faults::invalid_parameter("The message attribute name must be between 1 and 256 characters long."))
    } else if !name.chars().all(plain) || name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        Err(faults::invalid_parameter(format!(
            "Message (user) attribute name '{name}' can contain A-Z, a-z, 0-9, underscore, hyphen and period, must not \
             start or end with a period, and must not have periods in succession."
        )))
    } else if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        Err(faults::invalid_parameter(format!(
            "The message attribute name '{name}' must not start with the reserved prefixes AWS. or Amazon."
        )))
    } else {
        Ok(())
    }
}

fn check_value(
    name: String,
    data_type: String,
    string: Option<String>,
    binary: Option<wire::Bytes>,
) -> Result<AttributeRecord> {
    let base = data_type.split('.').next().unwrap_or_default();
    if data_type.is_empty() {
        return Err(faults::invalid_parameter(format!(
            "The message attribute '{name}' must contain non-empty message attribute type."
        )));
    }
    if !matches!(base, "String" | "Number" | "Binary") || data_type.len() > 256 {
        return Err(faults::invalid_parameter(format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is \
             Binary, Number, and String."
        )));
    }
    let empty = match base {
        "Binary" => binary.as_ref().is_none_or(|bytes| bytes.is_empty()),
        _ => string.as_ref().is_none_or(String::is_empty),
    };
    if empty {
        return Err(faults::invalid_parameter(format!(
            "Message (user) attribute '{name}' must contain a non-empty value of type '{base}'."
        )));
    }
    if (base == "Binary" && string.is_some()) || (base != "Binary" && binary.is_some()) {
        return Err(faults::invalid_parameter(format!(
            "The message attribute '{name}' with type '{data_type}' must use field '{}'.",
            if base == "Binary" { "Binary" } else { "String" }
        )));
    }
    if base == "Number" && !string.as_deref().is_some_and(is_number) {
        return Err(faults::invalid_parameter(format!(
            "Can't cast the value of message (user) attribute '{name}' to a number."
        )));
    }
    if string.as_deref().is_some_and(|text| !allowed(text)) {
        return Err(faults::invalid_parameter(format!(
            "Invalid binary character was found in the message attribute value of '{name}'."
        )));
    }
    Ok(AttributeRecord { name, data_type, string, binary })
}

fn is_number(text: &str) -> bool {
    // Rust's parser also takes words such as `inf`.
    text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'))
        && text.parse::<f64>().is_ok()
}

/// The one system attribute that may be sent is AWSTraceHeader, a string; it does not count towards the size.
fn check_system_attributes(attributes: Dict<MessageSystemAttributeValue>) -> Result<Option<AttributeRecord>> {
    let mut header = None;
    for (name, value) in attributes.0 {
        if name != "AWSTraceHeader" {
            return Err(faults::invalid_parameter(format!(
                "Message system attribute name '{name}' is invalid. The set of supported names is AWSTraceHeader."
            )));
        }
        if value.string_list_values.is_some() || value.binary_list_values.is_some() {
            return Err(fault::unsupported_operation(
                "Message system attribute list values in SendMessage operation are not supported.",
            ));
        }
        if value.data_type != "String" {
            return Err(faults::invalid_parameter(
                "The message system attribute 'AWSTraceHeader' must be of type 'String'.",
            ));
        }
        header = Some(check_value(name, value.data_type, value.string_value, value.binary_value)?);
    }
    Ok(header)
}

/// Group, deduplication and attempt ids: 1 to 128 alphanumeric characters and punctuation.
pub fn check_id(id: &str, parameter: &str) -> Result<()> {
    if !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(faults::invalid_value(
        id,
        parameter,
        &format!("{parameter} can only include alphanumeric and punctuation characters. 1 to {MAX_ID} in length."),
    ))
}

fn check_group(queue: &Queue, group: Option<String>) -> std::result::Result<String, Refusal> {
    match group {
        Some(group) => Ok(check_id(&group, "MessageGroupId").map(|()| group)?),
        None if queue.fifo => Err(Refusal::Request(faults::missing_parameter("MessageGroupId"))),
        None => Ok(String::new()),
    }
}

fn check_deduplication(queue: &Queue, id: Option<String>, body: &str) -> std::result::Result<Option<String>, Refusal> {
    match id {
        Some(id) if !queue.fifo => Err(faults::invalid_value(
            id,
            "MessageDeduplicationId",
            "The request include parameter that is not valid for this queue type.",
        )
        .into()),
        Some(id) => Ok(check_id(&id, "MessageDeduplicationId").map(|()| Some(id))?),
        None if !queue.fifo => Ok(None),
        None if queue.content_deduplication => Ok(Some(digest::sha256_hex(body.as_bytes()))),
        None => Err(Refusal::Request(faults::invalid_parameter(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        ))),
    }
}
