//! Saved states of the cloud: save, restore, list, delete.

use super::{Answer, Refusal};
use http::{Method, StatusCode};
use kernel::{Cloud, store::SnapshotInfo};
use std::sync::Arc;
use wire::{Json, TimeFormat, Timestamp};

pub(super) async fn dispatch(cloud: &Arc<Cloud>, method: &Method, path: &[&str], body: &Json) -> Answer {
    match (method, path) {
        (&Method::GET, []) => {
            let list = cloud.snapshots().list().await?;
            Ok(Json::Object(vec![("snapshots".into(), Json::List(list.iter().map(describe).collect()))]))
        }
        (&Method::POST, [name]) => {
            let replace = body.get("replace") == Some(&Json::Bool(true));
            cloud.flush().await?;
            let saved = cloud.snapshots().save(name, cloud.clock().wall().0, replace).await?;
            Ok(describe(&saved))
        }
        (&Method::POST, [name, "restore"]) => {
            cloud.exchange(async { cloud.snapshots().restore(name).await }).await?;
            Ok(Json::from([("restored", *name)]))
        }
        (&Method::DELETE, [name]) => {
            cloud.snapshots().delete(name).await?;
            Ok(Json::from([("deleted", *name)]))
        }
        _ => Err(Refusal(
            StatusCode::NOT_FOUND,
            "There are: GET snapshots; POST snapshots/NAME, snapshots/NAME/restore; DELETE snapshots/NAME.".to_owned(),
        )),
    }
}

fn describe(info: &SnapshotInfo) -> Json {
    Json::Object(vec![
        ("name".into(), info.name.clone().into()),
        ("bytes".into(), i64::try_from(info.bytes).unwrap_or(i64::MAX).into()),
        ("saved".into(), Timestamp(info.saved_at).format(TimeFormat::Iso8601).into()),
    ])
}
