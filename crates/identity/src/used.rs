//! What principals did last, action by action.

use kernel::{
    store::{Snapshot, StoreError},
    used,
};
use std::collections::BTreeMap;
use wire::Timestamp;

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

/// All that a principal (`AIDA…`, `AROA…`) has used, by service and action, on whatever resource.
pub async fn uses(snapshot: &dyn Snapshot, principal_id: &str) -> Result<Vec<Use>, StoreError> {
    let mut last: BTreeMap<(String, String), Use> = BTreeMap::new();
    for used in used::actions(snapshot, principal_id).await? {
        let (service, action) = used.action.split_once(':').unwrap_or(("", &used.action));
        let (service, action) = (service.to_owned(), action.to_owned());
        let key = (service.clone(), action.clone());
        let this = Use { service, action, at: used.last.at, region: used.last.region };
        match last.get(&key) {
            Some(known) if known.at >= this.at => {}
            _ => drop(last.insert(key, this)),
        }
    }
    Ok(last.into_values().collect())
}
