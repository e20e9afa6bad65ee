//! Durable timers: rows keyed by due time, set and cancelled in the commit that causes them.
//!
//! Key `("sys", "timer", due, account, region, service, kind, id)`. One loop pops what is due; a handler runs at least
//! once, so it must be idempotent. Its row is deleted after it ran, unless the handler set it again.

use crate::{
    AccountId, Cloud, Cx, Region,
    guarded::guarded,
    service::{Local, Result},
    store::{Key, Part, Range, Scan, Txn},
};
use bytes::Bytes;
use std::sync::Arc;
use wire::Timestamp;

/// A kind of timer of a service.
pub struct Timer {
    pub kind: &'static str,
    pub run: fn(Cx, Due) -> Local<'static, Result<()>>,
}

/// A timer that came due.
#[derive(Clone, Debug)]
pub struct Due {
    pub at: Timestamp,
    /// As it was set.
    pub id: Vec<u8>,
    pub payload: Bytes,
}

fn timers() -> Key {
    Key::new().text("sys").text("timer")
}

fn key(cx: &Cx, kind: &str, id: &[u8], due: Timestamp) -> Key {
    timers()
        .number(due.0.max(0) as u64)
        .number(cx.account().0)
        .text(cx.region().as_str())
        .text(cx.service())
        .text(kind)
        .bytes(id)
}

impl Txn {
    /// Lets `kind` of this service run at `due`, once for each different id and due time.
    pub fn set_timer(&mut self, cx: &Cx, kind: &str, id: &[u8], due: Timestamp, payload: impl Into<Bytes>) {
        self.put(key(cx, kind, id, due), payload);
        self.wake_after(WAKE_TOPIC);
    }

    pub fn cancel_timer(&mut self, cx: &Cx, kind: &str, id: &[u8], due: Timestamp) {
        self.delete(key(cx, kind, id, due));
    }
}

/// Woken when a timer was set.
const WAKE_TOPIC: &str = "sys/timer";

/// Runs every timer that is due, in order, until none is. Answers when the next one is. The caller holds the clock's
/// turn, so that no timer runs twice at a time and none sees the clock move on.
pub(crate) async fn run_due(cloud: &Arc<Cloud>) -> Result<Option<Timestamp>> {
    loop {
        let now = cloud.clock().now();
        let page = cloud.engine().snapshot().scan(&timers().children(), &Scan { limit: 1, ..Scan::default() }).await?;
        let Some(row) = page.rows.into_iter().next() else { return Ok(None) };
        let Some((due, cx, kind, id)) = parse(cloud, &row.key) else {
            // Written by a release that knew more; keeping it would block all others.
            let mut txn = Txn::begin(cloud.engine());
            txn.delete(row.key);
            cloud.commit(txn).await?;
            continue;
        };
        if due > now {
            return Ok(Some(due));
        }
        if let Some(timer) = cloud.timer(cx.service(), &kind)
            && let Err(fault) = guarded(async {
                (timer.run)(cx.clone(), Due { at: due, id: id.clone(), payload: row.value.clone() }).await
            })
            .await
        {
            // Tried again later, so that a broken timer cannot stop the ones behind it.
            cloud.note_background_failure(&kind, &fault);
            let again = Timestamp(now.0 + 60_000_000);
            cx.write(async |tx| {
                tx.delete(row.key.clone());
                tx.set_timer(&cx, &kind, &id, again, row.value.clone());
                Ok(())
            })
            .await?;
            continue;
        }
        cx.write(async |tx| {
            // Only the row that ran: the handler may have set a new one under the same key.
            let current = tx.get(&row.key).await?;
            if current.as_ref() == Some(&row.value) {
                tx.delete(row.key.clone());
            }
            Ok(())
        })
        .await?;
    }
}

/// Runs timers as they come due, for as long as it is polled.
pub async fn run(cloud: Arc<Cloud>) {
    let mut failing = false;
    loop {
        let changed = cloud.wakes().watch(WAKE_TOPIC);
        let flushed = cloud.wakes().watch(crate::cloud::FLUSH_TOPIC);
        let due = {
            let _turn = cloud.clock_turn.take().await;
            run_due(&cloud).await
        };
        if let (Err(fault), false) = (&due, failing) {
            cloud.note_background_failure("timers", fault);
        }
        failing = due.is_err();
        match due {
            Ok(Some(next)) => crate::either(changed, cloud.clock().at(next)).await,
            Ok(None) => changed.await,
            // With the next flush, which does not wait for virtual time: that may stand still.
            Err(_) => crate::either(changed, flushed).await,
        }
    }
}

fn parse(cloud: &Arc<Cloud>, key: &Key) -> Option<(Timestamp, Cx, String, Vec<u8>)> {
    let parts: [Part; 8] = key.parts()?.try_into().ok()?;
    let [
        _,
        _,
        Part::Number(due),
        Part::Number(account),
        Part::Text(region),
        Part::Text(service),
        Part::Text(kind),
        Part::Bytes(id),
    ] = parts
    else {
        return None;
    };
    let model = cloud.model(&service)?;
    let cx = Cx::background(cloud, model, AccountId(account), Region::parse(&region)?);
    Some((Timestamp(due as i64), cx, kind, id))
}

/// The range of all timers, for the task page.
pub fn range() -> Range {
    timers().children()
}
