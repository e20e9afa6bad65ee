//! The usage meter: calls per account, region, service and operation.
//!
//! Counted in memory and added to the store with the audit log's batches.

use crate::{
    AccountId, Cloud, Region,
    store::{self, Key, Part, Rows, Scan, StoreError, Txn, counter},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use wire::Operation;

/// Rows added to in one commit, of two counters each.
const ROWS: usize = 500;

#[derive(Default)]
pub struct Meter {
    pending: Mutex<HashMap<Row, Counts>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub calls: i64,
    /// Of the calls, those that answered a fault.
    pub faults: i64,
}

pub(crate) type Row = (AccountId, Region, &'static str, &'static str);

/// A line of the meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    pub account: AccountId,
    pub region: String,
    pub service: String,
    pub operation: String,
    pub counts: Counts,
}

fn meter() -> Key {
    Key::new().text("sys").text("meter")
}

impl Meter {
    pub(crate) fn count(&self, account: AccountId, region: Region, operation: &'static Operation, fault: bool) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = pending.entry((account, region, operation.model.name, operation.name)).or_default();
        counts.calls += 1;
        counts.faults += i64::from(fault);
    }

    /// Moves what was counted, or as much of it as one commit takes, into a transaction. Answers it, in case that fails.
    pub(crate) fn flush_into(&self, txn: &mut Txn) -> HashMap<Row, Counts> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = match pending.len() <= ROWS {
            true => std::mem::take(&mut *pending),
            false => {
                let rows: Vec<Row> = pending.keys().take(ROWS).copied().collect();
                rows.into_iter().filter_map(|row| pending.remove_entry(&row)).collect()
            }
        };
        drop(pending);
        for ((account, region, service, operation), counts) in &counted {
            let row = meter().number(account.0).text(region.as_str()).text(service).text(operation);
            txn.add(row.clone().text("calls"), counts.calls);
            if counts.faults > 0 {
                txn.add(row.text("faults"), counts.faults);
            }
        }
        counted
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Counts again what a transaction that failed had taken.
    pub(crate) fn put_back(&self, counted: HashMap<Row, Counts>) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        for (row, more) in counted {
            let counts = pending.entry(row).or_default();
            counts.calls += more.calls;
            counts.faults += more.faults;
        }
    }

    /// Forgets what was counted and not stored yet.
    pub(crate) fn forget(&self) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Everything counted so far.
pub async fn usage(cloud: &Cloud) -> Result<Vec<Usage>, StoreError> {
    cloud.flush().await?;
    let snapshot = cloud.engine().snapshot();
    let mut lines: Vec<Usage> = Vec::new();
    let count = |row: store::Row| {
        let parts = row.key.parts().and_then(|parts| <[Part; 7]>::try_from(parts).ok());
        let Some([_, _, Part::Number(account), Part::Text(region), Part::Text(service), Part::Text(operation), what]) =
            parts
        else {
            return;
        };
        let line = Usage { account: AccountId(account), region, service, operation, counts: Counts::default() };
        let same = lines.last().is_some_and(|last| Usage { counts: Counts::default(), ..last.clone() } == line);
        if !same {
            lines.push(line);
        }
        if let Some(last) = lines.last_mut() {
            match what {
                Part::Text(what) if what == "calls" => last.counts.calls = counter(&row.value),
                _ => last.counts.faults = counter(&row.value),
            }
        }
    };
    snapshot.each(meter().children(), &Scan::default(), count).await?;
    Ok(lines)
}
