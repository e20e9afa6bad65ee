//! Why a document is refused: AWS's sentence, and where and what exactly.

use std::fmt;

/// A document that is not a policy of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    sentence: String,
    detail: String,
}

impl PolicyError {
    pub(super) fn new(sentence: impl Into<String>, detail: impl Into<String>) -> PolicyError {
        PolicyError { sentence: sentence.into(), detail: detail.into() }
    }

    /// What AWS answers, as the message of `MalformedPolicyDocument` and its relatives.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// Where in the document, and what is wrong: `Statement[0].Condition: unknown operator "StringEqual"`. AWS keeps this to itself.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for PolicyError {}
