//! A merged read: what the overlay, the frozen overlay and the base together say about a range.

use crate::{
    base::{Base, BaseReader, BaseRow},
    layer::{Entry, Layer},
};
use bytes::Bytes;
use kernel::store::{Key, Range, Row, StoreError, Ver};
use std::{collections::btree_map, iter::Peekable, sync::Arc};

/// A walk ends after so many dead keys in a row: its caller skips what it knows to be dead before it goes on.
const DEAD_RUN: usize = 64;
/// Fewer dead keys in a row are not worth remembering.
const WORTH_KNOWING: usize = 4;

pub type OverlayRow = (Key, Option<(Ver, Bytes)>);

/// A part of a range, with what the overlay knows of it; the layers below are read without the engine's lock.
pub struct Slice {
    /// The overlay's knowledge is complete within it.
    pub range: Range,
    /// What comes after, in the order of the scan.
    pub rest: Option<Range>,
    /// In the order of the scan; `None` is a tombstone.
    pub overlay: Vec<OverlayRow>,
    /// Ranges of the layers below that are deleted.
    pub hidden: Vec<Range>,
    pub frozen: Option<Arc<Layer>>,
    pub base: Option<Arc<Base>>,
    pub at: Ver,
    pub reverse: bool,
    pub keys_only: bool,
}

/// What a walk found.
pub struct Walked {
    pub rows: Vec<Row>,
    /// What was not looked at; `None` at the end of the range.
    pub rest: Option<Range>,
    /// Stretches found without a live key.
    pub dead: Vec<Range>,
}

enum Found {
    Live(Ver, Bytes),
    Dead,
}

impl Slice {
    /// Reads at most `want` rows, and none after the one with which their values exceed `bytes`.
    pub fn walk(mut self, want: usize, bytes: usize) -> Result<Walked, StoreError> {
        let base = self.base.take().filter(|base| !base.is_empty());
        let reader = base.as_ref().map(|base| base.reader()).transpose()?;
        let frozen = self.frozen.take();
        let visible = self.without(self.hidden.iter());
        let frozen_deleted = frozen.iter().flat_map(|layer| &layer.deleted).filter(|(_, ver)| *ver <= self.at);
        let below = self.without(self.hidden.iter().chain(frozen_deleted.map(|(range, _)| range)));
        let mut merge = Merge {
            overlay: std::mem::take(&mut self.overlay).into_iter().peekable(),
            frozen: FrozenRows::new(frozen.as_deref(), &visible, self.at, self.reverse),
            base: BaseRows::new(reader.as_ref(), &below, self.reverse)?,
            hidden: std::mem::take(&mut self.hidden),
            layer: frozen.as_deref(),
            at: self.at,
            reverse: self.reverse,
            keys_only: self.keys_only,
        };
        let mut walked = Walked { rows: Vec::new(), rest: None, dead: Vec::new() };
        let mut size = 0;
        let mut dead = 0;
        let mut dead_from = self.range.from.clone();
        while walked.rows.len() < want && size <= bytes {
            let Some((key, found)) = merge.next()? else {
                if dead >= WORTH_KNOWING && !self.reverse {
                    walked.dead.push(Range { from: dead_from, to: self.range.to });
                }
                walked.rest = self.rest;
                return Ok(walked);
            };
            match found {
                Found::Live(ver, value) => {
                    if !self.reverse {
                        if dead >= WORTH_KNOWING {
                            walked.dead.push(Range { from: dead_from, to: key.clone() });
                        }
                        dead_from = key.successor();
                    }
                    dead = 0;
                    size += value.len();
                    walked.rows.push(Row { key, value, ver });
                }
                Found::Dead => {
                    dead += 1;
                    if dead == DEAD_RUN {
                        walked.rest = self.after(&key);
                        if !self.reverse {
                            walked.dead.push(Range { from: dead_from, to: key.successor() });
                        }
                        return Ok(walked);
                    }
                }
            }
        }
        walked.rest = match walked.rows.last() {
            Some(row) => self.after(&row.key),
            None => Some(self.whole()),
        };
        Ok(walked)
    }

    /// From this slice's beginning to the end of the scan.
    fn whole(&self) -> Range {
        let rest = self.rest.as_ref().unwrap_or(&self.range);
        match self.reverse {
            false => Range { from: self.range.from.clone(), to: rest.to.clone() },
            true => Range { from: rest.from.clone(), to: self.range.to.clone() },
        }
    }

    fn after(&self, key: &Key) -> Option<Range> {
        let whole = self.whole();
        let rest = match self.reverse {
            false => whole.after(key),
            true => Range { from: whole.from, to: key.clone() },
        };
        (rest.from < rest.to).then_some(rest)
    }

    /// The range without what range tombstones hide at its beginning: a walk through that could be long.
    fn without<'a>(&self, deleted: impl Iterator<Item = &'a Range> + Clone) -> Range {
        let mut range = self.range.clone();
        while range.from < range.to {
            let mut deleted = deleted.clone();
            if self.reverse {
                let Some(hidden) = deleted.find(|hidden| hidden.from < range.to && range.to <= hidden.to) else {
                    break;
                };
                range.to = hidden.from.clone();
            } else {
                let Some(hidden) = deleted.find(|hidden| hidden.contains(&range.from)) else { break };
                range.from = hidden.to.clone();
            }
        }
        range
    }
}

/// The three layers side by side; of equal keys the upper one's counts.
struct Merge<'a> {
    overlay: Peekable<std::vec::IntoIter<OverlayRow>>,
    frozen: FrozenRows<'a>,
    base: BaseRows<'a>,
    hidden: Vec<Range>,
    layer: Option<&'a Layer>,
    at: Ver,
    reverse: bool,
    keys_only: bool,
}

impl Merge<'_> {
    fn next(&mut self) -> Result<Option<(Key, Found)>, StoreError> {
        let reverse = self.reverse;
        let first = |a: &[u8], b: &[u8]| if reverse { a > b } else { a < b };
        let overlay = self.overlay.peek().map(|(key, _)| key.as_bytes());
        let frozen = self.frozen.key();
        let base = self.base.key()?;
        let Some(next) = [overlay, frozen, base].into_iter().flatten().reduce(|a, b| if first(b, a) { b } else { a })
        else {
            return Ok(None);
        };
        let (in_overlay, in_frozen, in_base) = (overlay == Some(next), frozen == Some(next), base == Some(next));
        let hidden = !in_overlay && self.hidden.iter().any(|range| within(range, next));
        let mut found = None;
        if in_overlay && let Some((key, state)) = self.overlay.next() {
            found = Some((key, state.map_or(Found::Dead, |(ver, value)| Found::Live(ver, value))));
        }
        if in_frozen && let Some((key, entry)) = self.frozen.take() {
            found.get_or_insert_with(|| match &entry.value {
                Some(value) if !hidden => {
                    (key.clone(), Found::Live(entry.ver, if self.keys_only { Bytes::new() } else { value.clone() }))
                }
                _ => (key.clone(), Found::Dead),
            });
        }
        if in_base && let Some(row) = self.base.take() {
            let (key, ver, value) = row?;
            found.get_or_insert_with(|| {
                let dead = hidden || self.layer.is_some_and(|layer| layer.hides(key, self.at));
                let value = || if self.keys_only { Bytes::new() } else { Bytes::copy_from_slice(value) };
                (Key::from_encoded(key), if dead { Found::Dead } else { Found::Live(ver, value()) })
            });
        }
        Ok(found)
    }
}

fn within(range: &Range, key: &[u8]) -> bool {
    range.from.as_bytes() <= key && key < range.to.as_bytes()
}

/// The rows of the frozen overlay that a version sees.
struct FrozenRows<'a> {
    rows: Option<btree_map::Range<'a, Key, Entry>>,
    head: Option<(&'a Key, &'a Entry)>,
    at: Ver,
    reverse: bool,
}

impl<'a> FrozenRows<'a> {
    fn new(layer: Option<&'a Layer>, range: &Range, at: Ver, reverse: bool) -> Self {
        let rows = layer.filter(|_| range.from < range.to).map(|layer| layer.rows.range(&range.from..&range.to));
        let mut rows = FrozenRows { rows, head: None, at, reverse };
        rows.take();
        rows
    }

    fn key(&self) -> Option<&'a [u8]> {
        self.head.map(|(key, _)| key.as_bytes())
    }

    fn take(&mut self) -> Option<(&'a Key, &'a Entry)> {
        let taken = self.head.take();
        if let Some(rows) = &mut self.rows {
            let (at, reverse) = (self.at, self.reverse);
            self.head = loop {
                match if reverse { rows.next_back() } else { rows.next() } {
                    Some((_, entry)) if entry.ver > at => {}
                    next => break next,
                }
            };
        }
        taken
    }
}

/// The rows of the base.
struct BaseRows<'a> {
    rows: Option<Peekable<Box<dyn Iterator<Item = BaseRow<'a>> + 'a>>>,
    head: Option<&'a [u8]>,
}

impl<'a> BaseRows<'a> {
    fn new(reader: Option<&'a BaseReader<'_>>, range: &Range, reverse: bool) -> Result<Self, StoreError> {
        let reader = reader.filter(|_| range.from < range.to);
        let rows = reader.map(|reader| reader.range(range, reverse)).transpose()?;
        Ok(BaseRows { rows: rows.map(Iterator::peekable), head: None })
    }

    fn key(&mut self) -> Result<Option<&'a [u8]>, StoreError> {
        let Some(rows) = &mut self.rows else { return Ok(None) };
        self.head = match rows.peek() {
            Some(Ok((key, ..))) => Some(key),
            Some(Err(error)) => return Err(error.clone()),
            None => None,
        };
        Ok(self.head)
    }

    fn take(&mut self) -> Option<BaseRow<'a>> {
        self.rows.as_mut()?.next()
    }
}
