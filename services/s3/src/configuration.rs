//! What a bucket is configured to do: one row for each thing that has its own operation, as the shape that says it.

use crate::{bucket::Bucket, records::Keys};
use kernel::{
    Result,
    store::{Part, Rows, Snapshot, StoreError, Txn},
};
use wire::{Shape, json};

/// The rows of a bucket's configuration, in the order of what they are and of their ids. There are few.
#[derive(Default)]
pub struct Configuration(Vec<Item>);

struct Item {
    name: String,
    id: String,
    /// The policy, or a shape as [`encode`] writes it.
    text: String,
}

impl Configuration {
    pub async fn read(snapshot: &dyn Snapshot, keys: &Keys) -> Result<Configuration> {
        let mut found = Vec::new();
        for row in snapshot.below(&keys.configurations()).await? {
            if let Some([.., Part::Text(name), Part::Text(id)]) = row.key.parts().as_deref() {
                let text = str::from_utf8(&row.value).map_err(|_| StoreError::Damaged)?;
                found.push(Item { name: name.clone(), id: id.clone(), text: text.to_owned() });
            }
        }
        Ok(Configuration(found))
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Item> {
        self.0.iter().filter(move |item| item.name == name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.named(name).next().is_some()
    }

    /// A configuration of which a bucket has one.
    pub fn get<S: Shape + Default>(&self, name: &str) -> Result<Option<S>> {
        self.text(name).map(decode).transpose()
    }

    /// One of several, by its id.
    pub fn one<S: Shape + Default>(&self, name: &str, id: &str) -> Result<Option<S>> {
        self.named(name).find(|item| item.id == id).map(|item| decode(&item.text)).transpose()
    }

    /// The ids of those there are.
    pub fn ids(&self, name: &str) -> Vec<&str> {
        self.named(name).map(|item| item.id.as_str()).collect()
    }

    /// A configuration that is a text: the policy.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.named(name).find(|item| item.id.is_empty()).map(|item| item.text.as_str())
    }

    /// Configurations of which a bucket has several, in the order of their ids; or the items of a list, in theirs.
    pub fn all<S: Shape + Default>(&self, name: &str) -> Result<Vec<(String, S)>> {
        self.named(name).map(|item| Ok((item.id.clone(), decode(&item.text)?))).collect()
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

/// Sets a configuration that is a list, or removes it: a row for each item, by its place. All of them may be too much for
/// one.
pub async fn set_list<S: Shape>(tx: &mut Txn, bucket: &Bucket, name: &str, items: &[S]) -> Result<()> {
    let record = bucket.change(tx).await?;
    tx.delete_range(bucket.keys.configurations().text(name).children());
    for (place, item) in items.iter().enumerate() {
        tx.put(bucket.keys.configuration(name, &format!("{place:04}")), encode(item));
    }
    bucket.put(tx, record);
    Ok(())
}
