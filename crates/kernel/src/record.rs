//! Records: what services keep in the store, as numbered fields.
//!
//! A field is its number and its length (both LEB128) and its bytes; unset and default fields take no room. A newer
//! release adds fields under new numbers and reads older records; numbers are never used again for something else.

use crate::store::StoreError;
use bytes::Bytes;
use wire::Timestamp;

/// A structure that the store keeps. Made by [`record!`].
pub trait Record: Sized + Default {
    fn encode_fields(&self, out: &mut Vec<u8>);
    fn decode_field(&mut self, number: u64, bytes: &[u8]) -> Option<()>;

    fn encode(&self) -> Bytes {
        let mut out = Vec::with_capacity(128);
        self.encode_fields(&mut out);
        out.into()
    }

    /// `None` where the bytes are no record. Fields of unknown numbers are passed over.
    fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut record = Self::default();
        while !bytes.is_empty() {
            let number = take_varint(&mut bytes)?;
            let value = take_slice(&mut bytes)?;
            record.decode_field(number, value)?;
        }
        Some(record)
    }

    /// As `decode`, of bytes that the store gave.
    fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        Self::decode(bytes).ok_or(StoreError::Damaged)
    }
}

/// What a field may hold.
pub trait FieldValue: Sized {
    /// Left out of the record; decoding leaves the default there.
    fn is_default(&self) -> bool;
    fn put(&self, out: &mut Vec<u8>);
    fn take(bytes: &[u8]) -> Option<Self>;
    /// Repeated fields add to what is there already.
    fn merge(&mut self, bytes: &[u8]) -> Option<()> {
        *self = Self::take(bytes)?;
        Some(())
    }
    fn put_field(&self, number: u64, out: &mut Vec<u8>) {
        if !self.is_default() {
            put_varint(number, out);
            put_sized(out, |out| self.put(out));
        }
    }
}

pub fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take_slice<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_varint(bytes)?).ok()?;
    let (value, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(value)
}

/// A text field, from a borrowed text.
pub fn put_text(number: u64, text: &str, out: &mut Vec<u8>) {
    put_bytes(number, text.as_bytes(), out);
}

/// A field whose length is known beforehand: nothing has to be moved for it.
fn put_bytes(number: u64, bytes: &[u8], out: &mut Vec<u8>) {
    if !bytes.is_empty() {
        out.reserve(bytes.len() + 16);
        put_varint(number, out);
        put_varint(bytes.len() as u64, out);
        out.extend_from_slice(bytes);
    }
}

/// Writes what `put` appends behind its length.
pub fn put_sized(out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.push(0);
    put(out);
    let length = out.len() - at - 1;
    if length < 0x80 {
        out[at] = length as u8;
        return;
    }
    // Rare enough not to matter: the length needs more than the one byte left for it.
    let mut prefix = Vec::with_capacity(5);
    put_varint(length as u64, &mut prefix);
    out.splice(at..=at, prefix);
}

macro_rules! integers { ($($type:ty),*) => {$(
    impl FieldValue for $type {
        fn is_default(&self) -> bool { *self == 0 }
        fn put(&self, out: &mut Vec<u8>) { put_varint(*self as u64, out); }
        fn take(mut bytes: &[u8]) -> Option<Self> { <$type>::try_from(take_varint(&mut bytes)?).ok() }
    }
)*} }
integers!(u8, u16, u32, u64, usize);

impl FieldValue for i64 {
    fn is_default(&self) -> bool {
        *self == 0
    }
    /// Zigzag, so that small negative numbers stay short.
    fn put(&self, out: &mut Vec<u8>) {
        put_varint(((self << 1) ^ (self >> 63)) as u64, out);
    }
    fn take(mut bytes: &[u8]) -> Option<Self> {
        let value = take_varint(&mut bytes)?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

impl FieldValue for Timestamp {
    fn is_default(&self) -> bool {
        self.0 == 0
    }
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
    fn take(bytes: &[u8]) -> Option<Self> {
        i64::take(bytes).map(Timestamp)
    }
}

impl FieldValue for bool {
    fn is_default(&self) -> bool {
        !self
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn take(bytes: &[u8]) -> Option<Self> {
        Some(bytes.first()? != &0)
    }
}

impl FieldValue for u128 {
    fn is_default(&self) -> bool {
        *self == 0
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }
    fn take(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(u128::from_be_bytes)
    }
}

impl FieldValue for String {
    fn is_default(&self) -> bool {
        self.is_empty()
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
    fn take(bytes: &[u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok().map(str::to_owned)
    }
    fn put_field(&self, number: u64, out: &mut Vec<u8>) {
        put_bytes(number, self.as_bytes(), out);
    }
}

impl FieldValue for Bytes {
    fn is_default(&self) -> bool {
        self.is_empty()
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn take(bytes: &[u8]) -> Option<Self> {
        Some(Bytes::copy_from_slice(bytes))
    }
    fn put_field(&self, number: u64, out: &mut Vec<u8>) {
        put_bytes(number, self, out);
    }
}

/// An optional value that is set to its default is kept apart from one that is not set.
impl<T: FieldValue> FieldValue for Option<T> {
    fn is_default(&self) -> bool {
        self.is_none()
    }
    fn put(&self, out: &mut Vec<u8>) {
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn take(bytes: &[u8]) -> Option<Self> {
        T::take(bytes).map(Some)
    }
}

/// A repeated field: one entry an item.
impl<T: FieldValue> FieldValue for Vec<T> {
    fn is_default(&self) -> bool {
        self.is_empty()
    }
    fn put(&self, _out: &mut Vec<u8>) {}
    fn take(bytes: &[u8]) -> Option<Self> {
        T::take(bytes).map(|item| vec![item])
    }
    fn merge(&mut self, bytes: &[u8]) -> Option<()> {
        self.push(T::take(bytes)?);
        Some(())
    }
    fn put_field(&self, number: u64, out: &mut Vec<u8>) {
        for item in self {
            put_varint(number, out);
            put_sized(out, |out| item.put(out));
        }
    }
}

impl<A: FieldValue, B: FieldValue> FieldValue for (A, B) {
    fn is_default(&self) -> bool {
        self.0.is_default() && self.1.is_default()
    }
    fn put(&self, out: &mut Vec<u8>) {
        put_sized(out, |out| self.0.put(out));
        self.1.put(out);
    }
    fn take(mut bytes: &[u8]) -> Option<Self> {
        let first = A::take(take_slice(&mut bytes)?)?;
        Some((first, B::take(bytes)?))
    }
}

/// Declares a record: `record! { /// Docs. pub struct Queue { 1 name: String, 2 created: Timestamp } }`.
#[macro_export]
macro_rules! record {
    ($(#[$doc:meta])* $vis:vis struct $name:ident { $($(#[$field_doc:meta])* $number:literal $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        $vis struct $name { $($(#[$field_doc])* pub $field: $type),* }

        impl $crate::record::Record for $name {
            fn encode_fields(&self, out: &mut Vec<u8>) {
                $($crate::record::FieldValue::put_field(&self.$field, $number, out);)*
            }
            fn decode_field(&mut self, number: u64, bytes: &[u8]) -> Option<()> {
                match number {
                    $($number => $crate::record::FieldValue::merge(&mut self.$field, bytes),)*
                    _ => Some(()),
                }
            }
        }

        impl $crate::record::FieldValue for $name {
            fn is_default(&self) -> bool { *self == Self::default() }
            fn put(&self, out: &mut Vec<u8>) { $crate::record::Record::encode_fields(self, out); }
            fn take(bytes: &[u8]) -> Option<Self> { $crate::record::Record::decode(bytes) }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    record! {
        struct Old { 1 name: String, 3 count: u64 }
    }
    record! {
        struct New {
            1 name: String,
            2 tags: Vec<(String, String)>,
            3 count: u64,
            4 delta: i64,
            5 limit: Option<u64>,
            6 inner: Option<Old>,
            7 bytes: Bytes,
        }
    }

    fn sample() -> New {
        New {
            name: "jobs".into(),
            tags: vec![("a".into(), String::new()), ("b".repeat(200), "x".into())],
            count: u64::MAX,
            delta: -3,
            limit: Some(0),
            inner: Some(Old { name: "in".into(), count: 0 }),
            bytes: Bytes::from(vec![0; 300]),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(New::decode(&sample().encode()), Some(sample()));
        assert_eq!(New::default().encode().len(), 0);
    }

    #[test]
    fn releases_read_each_others_records() {
        let old = Old::decode(&sample().encode());
        assert_eq!(old, Some(Old { name: "jobs".into(), count: u64::MAX }));
        let new = New::decode(&Old { name: "jobs".into(), count: 1 }.encode());
        assert_eq!(new, Some(New { name: "jobs".into(), count: 1, ..New::default() }));
    }

    #[test]
    fn torn_records_are_refused_not_misread() {
        let bytes = sample().encode();
        for end in 1..bytes.len() {
            // A cut at a field's border is a shorter record; anywhere else it is none.
            if let Some(record) = New::decode(&bytes[..end]) {
                assert_eq!(record.encode(), bytes[..end]);
            }
        }
    }
}
