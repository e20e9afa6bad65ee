//! Temporary credentials: how they are made, and how they end.

use data_encoding::BASE64;
use identity::{Kind, SessionRecord, secret_access_key, session, unique_id};
use kernel::{
    AccountId, Cx, Result,
    record::Record,
    store::Txn,
    timers::{Due, Timer},
};
use sts_api::Credentials;
use wire::{Timestamp, common};

/// Removes what has ended.
pub const TIMER: Timer = Timer { kind: "session", run: |cx, due| Box::pin(remove(cx, due)) };

/// Seconds for which an ended session is remembered, so that its bearer is told that it has ended.
const REMEMBERED: i64 = 24 * 60 * 60;
/// Bytes of randomness in a token: those of AWS are about as long.
const TOKEN: usize = 480;

/// Credentials that exist once [`Fresh::put`] is committed.
pub struct Fresh {
    key: String,
    record: SessionRecord,
}

impl Fresh {
    /// For `lifetime` seconds from now. The record says who bears them; the rest of it is filled here.
    pub fn new(cx: &Cx, lifetime: i64, record: SessionRecord) -> Result<Fresh> {
        let mut random = [0; TOKEN];
        let no_randomness = |error| common::internal_failure(format!("no randomness: {error}"));
        cx.cloud().ids().secret(&mut random).map_err(no_randomness)?;
        // Answers tell no fractions of a second.
        let now = cx.now().secs();
        let record = SessionRecord {
            secret: secret_access_key(cx.cloud())?,
            // The beginning that AWS's tokens have: `origin_ec`, between two numbers.
            token: format!("IQoJb3JpZ2luX2Vj{}", BASE64.encode(&random)),
            issued: Timestamp::from_secs(now),
            expires: Timestamp::from_secs(now + lifetime),
            ..record
        };
        let key = unique_id(cx.cloud(), Kind::TemporaryKey, AccountId(record.account));
        Ok(Fresh { key, record })
    }

    pub fn put(&self, cx: &Cx, tx: &mut Txn) {
        tx.put(session(&self.key), self.record.encode());
        let end = Timestamp::from_secs(self.record.expires.secs() + REMEMBERED);
        tx.set_timer(cx, TIMER.kind, self.key.as_bytes(), end, Vec::new());
    }

    pub fn answer(&self) -> Credentials {
        Credentials {
            access_key_id: self.key.clone(),
            secret_access_key: self.record.secret.clone(),
            session_token: self.record.token.clone(),
            expiration: self.record.expires,
        }
    }
}

async fn remove(cx: Cx, due: Due) -> Result<()> {
    let key = String::from_utf8_lossy(&due.id).into_owned();
    cx.write(async |tx| {
        tx.delete(session(&key));
        Ok(())
    })
    .await
}
