//! Listing in pages: `Limit`, `Marker`, `NextMarker` and `Truncated`. A marker names the last item of the page before.

use data_encoding::BASE64URL_NOPAD;
use kernel::{
    Result,
    store::{Key, Row, Scan, Snapshot},
};
use kms_api::fault;

pub struct Paging {
    most: usize,
    after: Option<Vec<u8>>,
}

pub struct Page<T> {
    pub items: Vec<T>,
    pub marker: Option<String>,
}

impl<T> Page<T> {
    /// As every output has it: always there.
    pub fn truncated(&self) -> Option<bool> {
        Some(self.marker.is_some())
    }
}

impl Paging {
    /// `usual`: the items of a page where the request does not say.
    pub fn of(limit: Option<i32>, marker: Option<&str>, usual: usize) -> Result<Paging> {
        let most = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usual);
        let after =
            marker.map(|marker| BASE64URL_NOPAD.decode(marker.as_bytes()).map_err(|_| invalid())).transpose()?;
        Ok(Paging { most, after })
    }

    /// A page of the rows below `prefix` for which `choose` has something.
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
                return Err(invalid());
            }
            range = range.after(&last);
        }
        let (mut items, mut last) = (Vec::new(), None::<Key>);
        loop {
            let page = snapshot.scan(&range, &Scan::default()).await?;
            for row in &page.rows {
                let Some(item) = choose(row)? else { continue };
                if items.len() == self.most {
                    let marker = last.map(|last| BASE64URL_NOPAD.encode(&last.as_bytes()[prefix.len()..]));
                    return Ok(Page { items, marker });
                }
                items.push(item);
                last = Some(row.key.clone());
            }
            match page.rows.last() {
                Some(row) if page.more => range = range.after(&row.key),
                _ => return Ok(Page { items, marker: None }),
            }
        }
    }

    /// A page of a list at hand, which stays in its order; items that are behind the marker's number.
    pub fn list<T>(&self, items: Vec<T>) -> Result<Page<T>> {
        let skip = match &self.after {
            None => 0,
            Some(bytes) => std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).ok_or_else(invalid)?,
        };
        let more = items.len() > self.most.saturating_add(skip);
        let items: Vec<T> = items.into_iter().skip(skip).take(self.most).collect();
        let marker = more.then(|| BASE64URL_NOPAD.encode((skip + items.len()).to_string().as_bytes()));
        Ok(Page { items, marker })
    }
}

fn invalid() -> wire::Fault {
    fault::invalid_marker_exception("Could not deserialize marker")
}
