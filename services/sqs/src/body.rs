//! Message bodies and attributes: in the record, or in a blob where they are long.

use crate::{
    encryption,
    queue::Queue,
    records::{AttributesRecord, MessageRecord},
};
use kernel::{
    Cx, Result,
    record::Record,
    store::{BlobId, INLINE_BLOB},
};
use wire::Bytes;

/// Bytes of a blob read at once.
const PIECE: u64 = 1024 * 1024;

/// Puts body and attributes (`size` bytes together, about) into a record whose other members are set.
pub async fn store(
    cx: &Cx,
    record: &mut MessageRecord,
    body: Bytes,
    attributes: AttributesRecord,
    size: usize,
) -> Result<()> {
    record.blob_len = body.len() as u64;
    if size <= INLINE_BLOB {
        (record.body, record.attributes, record.trace_header) = (body, attributes.attributes, attributes.trace_header);
        return Ok(());
    }
    let mut pieces = vec![body];
    let attributes = attributes.encode();
    if !attributes.is_empty() {
        record.blob_attributes = attributes.len() as u64;
        pieces.push(attributes);
    }
    let blob = cx.cloud().blobs().put(BlobId(cx.cloud().ids().u128()), &pieces).await?;
    record.blob = Some(blob.id.0);
    Ok(())
}

/// Puts a message's attributes where those in its record are, and gives its body; `None` if its blob is gone, with a queue
/// that was purged or deleted meanwhile.
pub async fn read(cx: &Cx, queue: &Queue, record: &mut MessageRecord) -> Result<Option<String>> {
    let Some(id) = record.blob.map(BlobId) else {
        let body = std::mem::take(&mut record.body);
        return text(cx, queue, record, body.into()).await;
    };
    let Some(body) = read_range(cx, id, 0, record.blob_len).await? else { return Ok(None) };
    if record.blob_attributes > 0 {
        let bytes = read_range(cx, id, record.blob_len, record.blob_len + record.blob_attributes).await?;
        let Some(attributes) = bytes.and_then(|bytes| AttributesRecord::decode(&bytes)) else { return Ok(None) };
        (record.attributes, record.trace_header) = (attributes.attributes, attributes.trace_header);
    }
    text(cx, queue, record, body).await
}

/// A body as it was sent.
async fn text(cx: &Cx, queue: &Queue, record: &MessageRecord, body: Vec<u8>) -> Result<Option<String>> {
    let body = match record.data_key.is_empty() {
        true => body,
        false => encryption::open(cx, queue, record, &body).await?,
    };
    Ok(String::from_utf8(body).ok())
}

/// In pieces: the encoding makes attributes a little longer than a message may be.
async fn read_range(cx: &Cx, id: BlobId, from: u64, to: u64) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity((to - from) as usize);
    let mut at = from;
    while at < to {
        let next = to.min(at + PIECE);
        let Some(piece) = cx.cloud().blobs().read(id, at, next).await? else { return Ok(None) };
        bytes.extend_from_slice(&piece);
        at = next;
    }
    Ok(Some(bytes))
}
