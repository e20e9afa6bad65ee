//! What a bucket is configured to do: one row for each thing that has its own operation, as the shape that says it.

use crate::{bucket::Bucket, records::Keys};
use kernel::{
    Result,
    store::{Part, Rows, Snapshot, StoreError, Txn},
};
use std::collections::HashMap;
use wire::{Bytes, Shape, json};

/// The rows of a bucket's configuration, by what they are and their ids.
#[derive(Default)]
pub struct Configuration(HashMap<(String, String), Bytes>);

impl Configuration {
    pub async fn read(snapshot: &dyn Snapshot, keys: &Keys) -> Result<Configuration> {
        let mut found = HashMap::new();
        for row in snapshot.below(&keys.configurations()).await? {
            if let Some([.., Part::Text(name), Part::Text(id)]) = row.key.parts().as_deref() {
                found.insert((name.clone(), id.clone()), row.value);
            }
        }
        Ok(Configuration(found))
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.keys().any(|(known, _)| known == name)
    }

    /// A configuration of which a bucket has one.
    pub fn get<S: Shape + Default>(&self, name: &str) -> Result<Option<S>> {
        self.text(name).map(decode).transpose()
    }

    /// One of several, by its id.
    pub fn one<S: Shape + Default>(&self, name: &str, id: &str) -> Result<Option<S>> {
        let bytes = self.0.get(&(name.to_owned(), id.to_owned()));
        bytes.map(|bytes| decode(str::from_utf8(bytes).unwrap_or_default())).transpose()
    }

    /// The ids of those there are.
    pub fn ids(&self, name: &str) -> Vec<&str> {
        self.0.keys().filter(|(known, _)| known == name).map(|(_, id)| id.as_str()).collect()
    }

    /// A configuration that is a text: the policy.
    pub fn text(&self, name: &str) -> Option<&str> {
        let bytes = self.0.get(&(name.to_owned(), String::new()))?;
        str::from_utf8(bytes).ok()
    }

    /// Configurations of which a bucket has several, in the order of their ids.
    pub fn all<S: Shape + Default>(&self, name: &str) -> Result<Vec<(String, S)>> {
        let mut rows: Vec<_> = self.0.iter().filter(|((known, _), _)| known == name).collect();
        rows.sort_by(|((_, a), _), ((_, b), _)| a.cmp(b));
        rows.into_iter()
            .map(|((_, id), bytes)| Ok((id.clone(), decode(str::from_utf8(bytes).unwrap_or_default())?)))
            .collect()
    }
}

/// A shape as it is stored: JSON, by the model's names.
pub fn encode(shape: &dyn Shape) -> Vec<u8> {
    let mut writer = json::Writer::with_capacity(256);
    json::write_shape(&mut writer, shape);
    writer.into_bytes()
}

pub fn decode<S: Shape + Default>(text: &str) -> Result<S> {
    let mut shape = S::default();
    json::read_shape(text, &mut shape, &mut Vec::new()).map_err(|_| StoreError::Damaged)?;
    Ok(shape)
}

/// Sets a configuration, or removes it, in the commit that changes the bucket.
pub async fn set(tx: &mut Txn, bucket: &Bucket, name: &str, id: &str, value: Option<Vec<u8>>) -> Result<()> {
    let record = bucket.change(tx).await?;
    let key = bucket.keys.configuration(name, id);
    match value {
        Some(value) => tx.put(key, value),
        None => tx.delete(key),
    }
    bucket.put(tx, record);
    Ok(())
}
