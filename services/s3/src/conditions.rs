//! Conditional reads and writes (RFC 9110, section 13; S3 user guide, "Add preconditions to S3 operations").

use crate::{bucket::Bucket, faults, records::ObjectRecord};
use kernel::{Cx, Result, store::Txn};
use wire::Timestamp;

/// What a reader asks of the object.
#[derive(Clone, Copy, Default)]
pub struct Asked<'a> {
    pub if_match: Option<&'a str>,
    pub if_none_match: Option<&'a str>,
    pub if_modified_since: Option<Timestamp>,
    pub if_unmodified_since: Option<Timestamp>,
}

/// Whether an entity tag is among those of a header: `*`, or a list, quoted or not.
pub fn matches(header: &str, etag: &str) -> bool {
    header
        .split(',')
        .map(|item| item.trim().trim_start_matches("W/").trim_matches('"'))
        .any(|item| item == "*" || item == etag)
}

/// Says with a fault that the object is not to be given: 412, or 304 with the headers that a cache wants to know.
pub fn hold(cx: &Cx, asked: &Asked<'_>, record: &ObjectRecord) -> Result<()> {
    let since = |at: Timestamp| record.modified.secs() > at.secs();
    match (asked.if_match, asked.if_unmodified_since) {
        (Some(tags), _) if !matches(tags, &record.etag) => return Err(faults::precondition_failed("If-Match")),
        // A match outweighs the date.
        (None, Some(at)) if since(at) => return Err(faults::precondition_failed("If-Unmodified-Since")),
        _ => {}
    }
    let unchanged = match (asked.if_none_match, asked.if_modified_since) {
        (Some(tags), _) => matches(tags, &record.etag),
        // A date in the future is no condition (RFC 9110, 13.1.3).
        (None, Some(at)) => !since(at) && at <= cx.now(),
        _ => false,
    };
    if unchanged {
        cx.answer_header(http::header::ETAG, &format!("\"{}\"", record.etag));
        cx.answer_header(http::header::LAST_MODIFIED, &record.modified.format(wire::TimeFormat::Rfc822));
        return Err(faults::not_modified());
    }
    Ok(())
}

/// Says with a fault that the source of a copy is not to be copied. All conditions are answered by 412 here.
pub fn hold_for_copy(cx: &Cx, asked: &Asked<'_>, source: &ObjectRecord) -> Result<()> {
    let since = |at: Timestamp| source.modified.secs() > at.secs();
    let failed = match (asked.if_match, asked.if_unmodified_since) {
        (Some(tags), _) => (!matches(tags, &source.etag)).then_some("x-amz-copy-source-If-Match"),
        (None, Some(at)) => since(at).then_some("x-amz-copy-source-If-Unmodified-Since"),
        _ => None,
    };
    let unchanged = match (asked.if_none_match, asked.if_modified_since) {
        (Some(tags), _) => matches(tags, &source.etag).then_some("x-amz-copy-source-If-None-Match"),
        (None, Some(at)) => (!since(at) && at <= cx.now()).then_some("x-amz-copy-source-If-Modified-Since"),
        _ => None,
    };
    match failed.or(unchanged) {
        Some(condition) => Err(faults::precondition_failed(condition)),
        None => Ok(()),
    }
}

/// Writers may ask `If-None-Match: *` and `If-Match` with an entity tag.
pub fn check_write(if_match: &Option<String>, if_none_match: &Option<String>) -> Result<()> {
    if if_none_match.as_deref().is_some_and(|tags| tags.trim() != "*") {
        return Err(faults::not_implemented("If-None-Match"));
    }
    if if_match.is_some() && if_none_match.is_some() {
        return Err(faults::not_implemented("If-None-Match"));
    }
    Ok(())
}

/// Refuses a write whose conditions do not hold, at the moment of its commit.
pub async fn hold_for_write(
    tx: &mut Txn,
    bucket: &Bucket,
    key: &str,
    if_match: &Option<String>,
    if_none_match: &Option<String>,
) -> Result<()> {
    if if_match.is_none() && if_none_match.is_none() {
        return Ok(());
    }
    let current = tx.read::<ObjectRecord>(&bucket.keys.object(key)).await?;
    match (if_match, current) {
        (Some(_), None) => Err(faults::no_such_key(key)),
        (Some(tags), Some(current)) if !matches(tags, &current.etag) => Err(faults::precondition_failed("If-Match")),
        (None, Some(_)) => Err(faults::precondition_failed("If-None-Match")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags() {
        for header in ["\"abc\"", "abc", "*", "\"x\", \"abc\"", "W/\"abc\""] {
            assert!(matches(header, "abc"), "{header}");
        }
        for header in ["\"ab\"", "", "\"x\", \"y\""] {
            assert!(!matches(header, "abc"), "{header}");
        }
    }
}
