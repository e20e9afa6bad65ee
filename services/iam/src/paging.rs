//! Listing in pages: `MaxItems`, `Marker` and `IsTruncated`, which nearly every list of IAM has.

use kernel::{
    Result, paging,
    store::{Key, Row, Scan, Snapshot},
};
use wire::common;

/// "If you do not include this parameter, the number of items defaults to 100."
const DEFAULT_ITEMS: usize = 100;
/// As much of a name as a marker holds: one may have 320 characters.
const MARKED: usize = 236;

/// Which page is asked for.
pub struct Paging {
    most: usize,
    /// What the marker names: the end of the last item's key, or its name.
    after: Option<Vec<u8>>,
}

/// A page, and the marker of the next one if there is one.
pub struct Page<T> {
    pub items: Vec<T>,
    pub marker: Option<String>,
}

impl<T> Page<T> {
    /// As every output has it: always there.
    pub fn is_truncated(&self) -> Option<bool> {
        Some(self.marker.is_some())
    }

    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(each).collect(), marker: self.marker }
    }
}

impl Paging {
    /// From the input's members of these names.
    pub fn of(max_items: Option<i32>, marker: Option<&str>) -> Result<Paging> {
        let most = max_items.and_then(|most| usize::try_from(most).ok()).unwrap_or(DEFAULT_ITEMS);
        let after = marker.map(|marker| paging::named(marker).ok_or_else(invalid_marker)).transpose()?;
        Ok(Paging { most, after })
    }

    /// A page of the rows below `prefix`, of those for which `choose` has something.
    pub async fn rows<T>(
        &self,
        snapshot: &dyn Snapshot,
        prefix: &Key,
        mut choose: impl FnMut(&Row) -> Result<Option<T>>,
    ) -> Result<Page<T>> {
        let mut range = prefix.children();
        if let Some(after) = &self.after {
            let last = Key::from_encoded([prefix.as_bytes(), after].concat());
            if !range.contains(&last) {
                return Err(invalid_marker());
            }
            range = range.after(&last);
        }
        let mut items = Vec::new();
        let mut last = None;
        loop {
            let rows = snapshot.scan(&range, &Scan::default()).await?;
            for row in &rows.rows {
                let Some(item) = choose(row)? else { continue };
                if items.len() == self.most {
                    let marker = last.map(|last: Key| paging::token(&last.as_bytes()[prefix.len()..]));
                    return Ok(Page { items, marker });
                }
                items.push(item);
                last = Some(row.key.clone());
            }
            match rows.rows.last() {
                Some(row) if rows.more => range = range.after(&row.key),
                _ => return Ok(Page { items, marker: None }),
            }
        }
    }

    /// A page of a list that is at hand, in the order of `name`, which tells the items apart within its first 236 bytes.
    pub fn list<T>(&self, items: Vec<T>, name: impl Fn(&T) -> &str) -> Page<T> {
        let (items, marker) = paging::cut(items, self.after.as_deref(), self.most, |item| {
            let name = name(item).as_bytes();
            &name[..name.len().min(MARKED)]
        });
        Page { items, marker }
    }
}

/// A guess: no report of what AWS says of a marker it did not make was found.
fn invalid_marker() -> wire::Fault {
    common::validation_error("Invalid Marker.")
}
