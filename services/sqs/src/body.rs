//! Message bodies: in the record, or in a blob where they are long.

use crate::{queue::damaged, records::MessageRecord};
use kernel::{Cx, Result, store::BlobId};

/// A message is at most 1 MiB, which a blob gives in one piece.
pub async fn read(cx: &Cx, record: &MessageRecord) -> Result<String> {
    let bytes = match record.blob {
        None => record.body.clone(),
        Some(id) => {
            let blob = cx.cloud().blobs().read(BlobId(id), 0, record.blob_len).await?;
            blob.ok_or_else(|| damaged("message body"))?
        }
    };
    String::from_utf8(bytes.into()).map_err(|_| damaged("message body"))
}
