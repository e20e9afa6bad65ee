//! Trailing headers of an `aws-chunked` body (S3 API reference, "Including Trailing Headers").

use crate::fault::Fault;

/// Far above what any checksum trailer needs.
const MAX_TRAILERS: usize = 32;

pub(crate) const SIGNATURE: &str = "x-amz-trailer-signature";

/// The trailers of a body, names in lower case, in the order they arrived. The trailer signature is not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trailers(Vec<(String, String)>);

impl Trailers {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    pub fn into_vec(self) -> Vec<(String, String)> {
        self.0
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        if name.is_empty() || self.0.len() >= MAX_TRAILERS {
            return Err(Fault::MalformedTrailer);
        }
        self.0.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// What the trailer signature covers: `name:value` lines ended by a line feed.
    pub(crate) fn canonical(&self) -> String {
        self.iter().map(|(name, value)| format!("{name}:{value}\n")).collect()
    }

    /// `x-amz-trailer` announces the names; neither more nor fewer may come.
    pub(crate) fn check(&self, announced: &str) -> Result<(), Fault> {
        let announced = || announced.split(',').map(str::trim).filter(|name| !name.is_empty());
        let all_here = announced().all(|name| self.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)));
        let none_else = self.iter().all(|(n, _)| announced().any(|name| n.eq_ignore_ascii_case(name)));
        if all_here && none_else { Ok(()) } else { Err(Fault::MalformedTrailer) }
    }
}
