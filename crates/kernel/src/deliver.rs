//! Deliveries to other services: events, and whatever else one service hands to another when nobody waits for the answer.
//!
//! A delivery is a durable timer of the service that makes it, set in the commit of what caused it. So nothing is delivered
//! that did not happen, and what happened is delivered at least once. One that fails is tried again after pauses that grow,
//! on virtual time, and is given up after a day, with a remark in the feed. Deliveries of one instant go in the order in
//! which they were made, as long as none fails.

use crate::{
    AccountId, Arn, Caller, CallerKind, Cx, Region, record,
    record::Record,
    service::{Local, Result},
    store::Txn,
    timers::{Due, Timer},
};
use wire::{Fault, Timestamp, common};

/// Known to every service, beside its own timers.
pub(crate) static TIMER: Timer = Timer { kind: "deliver", run };

/// Microseconds.
const SECOND: i64 = 1_000_000;
/// The pause after the first failure. Every other is twice as long, up to the longest.
const FIRST_PAUSE: i64 = SECOND;
const LONGEST_PAUSE: i64 = 15 * 60 * SECOND;
const GIVEN_UP_AFTER: i64 = 24 * 60 * 60 * SECOND;

/// Something for a resource of another service, from the service that makes it, which is its principal.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Whose: a queue, a topic, a function.
    pub to: Arn,
    /// The resource on whose behalf: `aws:SourceArn` and `aws:SourceAccount`.
    pub source_arn: String,
    pub source_account: AccountId,
    /// At most what a row holds, 64 KiB.
    pub body: String,
    /// Texts beside the body, where the receiver has a place for them: a message's attributes.
    pub attributes: Vec<(String, String)>,
}

record! {
    struct DeliveryRecord {
        1 to: String,
        2 source_arn: String,
        3 source_account: u64,
        4 body: String,
        5 attributes: Vec<(String, String)>,
        6 first: Timestamp,
        7 failures: u32,
    }
}

impl Txn {
    /// Delivers once the commit stands.
    pub fn deliver(&mut self, cx: &Cx, delivery: Delivery) {
        let Delivery { to, source_arn, source_account, body, attributes } = delivery;
        let record = DeliveryRecord {
            to: to.to_string(),
            source_arn,
            source_account: source_account.0,
            body,
            attributes,
            first: cx.now(),
            failures: 0,
        };
        self.set_timer(cx, TIMER.kind, &next_id(cx), cx.now(), record.encode());
    }
}

/// Ids grow, so that what is due at the same instant goes in order.
fn next_id(cx: &Cx) -> [u8; 8] {
    cx.cloud().ids().sequence(cx.now()).to_be_bytes()
}

/// Delivers at once, and says what came of it.
pub async fn now(cx: &Cx, delivery: Delivery) -> Result<()> {
    let service = cx.cloud().service(&delivery.to.service);
    let Some((service, accepts)) = service.and_then(|service| Some((service, service.accepts?))) else {
        return Err(common::not_implemented(format!("Nothing can be delivered to {} in this cloud yet.", delivery.to)));
    };
    let kind = CallerKind::Service {
        principal: cx.model().principal,
        source_arn: delivery.source_arn.clone(),
        source_account: delivery.source_account,
    };
    let caller = Caller::new(kind, delivery.source_account, "");
    let region = Region::parse(&delivery.to.region).unwrap_or(cx.region());
    // Whatever request caused it, its client is not who delivers; and the accepting service finds its own rows by its model.
    let background = Cx::background(cx.cloud(), service.model, delivery.source_account, region);
    accepts(background.acting(caller, region, None), delivery).await
}

fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let record = DeliveryRecord::read(&due.payload)?;
        let Some(to) = Arn::parse(&record.to) else { return Ok(()) };
        let delivery = Delivery {
            to,
            source_arn: record.source_arn.clone(),
            source_account: AccountId(record.source_account),
            body: record.body.clone(),
            attributes: record.attributes.clone(),
        };
        match now(&cx, delivery).await {
            Ok(()) => Ok(()),
            Err(fault) => failed(&cx, &due, record, &fault).await,
        }
    })
}

async fn failed(cx: &Cx, due: &Due, mut record: DeliveryRecord, fault: &Fault) -> Result<()> {
    let note = |what: &str| cx.cloud().note_background_failure(&format!("{what} from {}", record.source_arn), fault);
    let pause = pause(record.failures);
    let again = Timestamp(cx.now().0 + pause);
    if again.0 - record.first.0 > GIVEN_UP_AFTER {
        note(&format!("gave up a delivery to {}", record.to));
        return Ok(());
    }
    if record.failures == 0 {
        note(&format!("a delivery to {} is tried again for a day", record.to));
    }
    record.failures += 1;
    cx.write(async |tx| {
        tx.set_timer(cx, TIMER.kind, &due.id, again, record.encode());
        Ok(())
    })
    .await
}

fn pause(failures: u32) -> i64 {
    FIRST_PAUSE.saturating_mul(1 << failures.min(20)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_quarter_of_an_hour() {
        let seconds: Vec<i64> = [0, 1, 2, 9, 10, 400].map(|failures| pause(failures) / SECOND).into();
        assert_eq!(seconds, [1, 2, 4, 512, 900, 900]);
    }
}
