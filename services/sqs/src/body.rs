//! Message bodies and attributes: in the record, or in a blob where they are long.

use crate::records::{AttributeRecord, AttributesRecord, MessageRecord};
use kernel::{
    Cx, Result,
    record::Record,
    store::{BlobId, INLINE_BLOB},
};
use wire::Bytes;

/// Bytes of a blob read at once.
const PIECE: u64 = 1024 * 1024;

/// Puts body and attributes (`size` bytes together) into a record whose other members are set.
pub async fn store(
    cx: &Cx,
    record: &mut MessageRecord,
    body: Bytes,
    attributes: Vec<AttributeRecord>,
    size: usize,
) -> Result<()> {
    record.blob_len = body.len() as u64;
    if size <= INLINE_BLOB {
        (record.body, record.attributes) = (body, attributes);
        return Ok(());
    }
    let mut pieces = vec![body];
    if !attributes.is_empty() {
        let attributes = AttributesRecord { attributes }.encode();
        record.blob_attributes = attributes.len() as u64;
        pieces.push(attributes);
    }
    let blob = cx.cloud().blobs().put(BlobId(cx.cloud().ids().u128()), &pieces).await?;
    record.blob = Some(blob.id.0);
    Ok(())
}

/// A message's body and attributes; `None` if its blob is gone, with a queue that was purged or deleted meanwhile.
pub async fn read(cx: &Cx, record: MessageRecord) -> Result<Option<(String, Vec<AttributeRecord>)>> {
    let Some(id) = record.blob.map(BlobId) else {
        return Ok(String::from_utf8(record.body.into()).ok().map(|body| (body, record.attributes)));
    };
    let Some(body) = read_range(cx, id, 0, record.blob_len).await? else { return Ok(None) };
    let attributes = match record.blob_attributes {
        0 => Some(record.attributes),
        more => {
            let bytes = read_range(cx, id, record.blob_len, record.blob_len + more).await?;
            bytes.and_then(|bytes| AttributesRecord::decode(&bytes)).map(|record| record.attributes)
        }
    };
    Ok(String::from_utf8(body).ok().zip(attributes))
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
