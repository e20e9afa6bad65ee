//! What principals did last: a row for each action that a user or role has used.

use kernel::{
    record,
    record::Record,
    store::{Key, Part, Scan, Snapshot, StoreError},
};
use wire::Timestamp;

record! {
    /// The last use of an action.
    pub struct UsedRecord {
        1 at: Timestamp,
        2 region: String,
    }
}

/// An action's last use by a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The prefix of the service's actions: `sqs`.
    pub service: String,
    /// `SendMessage`
    pub action: String,
    pub at: Timestamp,
    pub region: String,
}

fn uses_of(principal_id: &str) -> Key {
    Key::new().text("sys").text("identity").text("used").text(principal_id)
}

/// The row of an action that a principal (`AIDA…`, `AROA…`) used: a [`UsedRecord`].
pub fn used_key(principal_id: &str, service: &str, action: &str) -> Key {
    uses_of(principal_id).text(service).text(action)
}

/// All that a principal has used, by service and action. Nothing where nothing was recorded.
pub async fn uses(snapshot: &dyn Snapshot, principal_id: &str) -> Result<Vec<Use>, StoreError> {
    let mut range = uses_of(principal_id).children();
    let mut uses = Vec::new();
    loop {
        let page = snapshot.scan(&range, &Scan::default()).await?;
        for row in &page.rows {
            let (Some(parts), Some(UsedRecord { at, region })) = (row.key.parts(), UsedRecord::decode(&row.value))
            else {
                continue;
            };
            if let [.., Part::Text(service), Part::Text(action)] = &parts[..] {
                uses.push(Use { service: service.clone(), action: action.clone(), at, region });
            }
        }
        match page.rows.last() {
            Some(last) if page.more => range = range.after(&last.key),
            _ => return Ok(uses),
        }
    }
}
