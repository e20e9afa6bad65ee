//! The encryption context: names and values that a ciphertext is bound to.

use crate::{faults, limits::MAX_CONTEXT};
use kernel::Result;
use wire::Dict;

/// Pairs in the order of their names, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncryptionContext(Vec<(String, String)>);

impl EncryptionContext {
    pub fn of(given: Option<&Dict<String>>) -> Result<EncryptionContext> {
        let Some(given) = given else { return Ok(EncryptionContext::default()) };
        let mut pairs: Vec<_> = given.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        pairs.sort();
        // As JSON, without its spaces: a quote, a colon and a comma a pair. The sentence is a guess.
        let size: usize = pairs.iter().map(|(name, value)| name.chars().count() + value.chars().count() + 6).sum();
        if size > MAX_CONTEXT {
            return Err(faults::invalid(format!("EncryptionContext must not exceed {MAX_CONTEXT} characters.")));
        }
        Ok(EncryptionContext(pairs))
    }

    /// One text for each context, and no other context for that text: names and values behind their lengths.
    pub fn canonical(&self, out: &mut Vec<u8>) {
        for (name, value) in &self.0 {
            for text in [name, value] {
                out.extend_from_slice(&(text.len() as u32).to_be_bytes());
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
}
