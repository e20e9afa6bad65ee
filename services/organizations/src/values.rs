//! Values that break the model's constraints: Organizations says it in InvalidInputException, with a reason.

use crate::faults::invalid;
use kernel::Result;
use organizations_api::InvalidInputExceptionReason as Reason;
use wire::{Constraint, Fault, Flags, Shape, Ty, View, Violation};

/// Checks an input. The first violation is answered; what is missing comes before what is wrong (a guess, as is every
/// sentence here but that of patterns).
pub fn check(input: &dyn Shape) -> Result<()> {
    let mut violations = missing(input);
    wire::check(input, Some(&matches), &mut violations);
    match violations.first() {
        Some(violation) => Err(fault(violation)),
        None => Ok(()),
    }
}

/// What is missing at the input's top is empty there, which only few values may be.
fn missing(input: &dyn Shape) -> Vec<Violation> {
    let members = input.schema().members.iter().enumerate();
    let missing = members.filter(|(index, member)| {
        let may_be_empty =
            matches!(member.ty, Ty::Str(text) if text.min == 0 && text.pattern.is_none_or(|p| matches(p, "")));
        member.has(Flags::REQUIRED) && !may_be_empty && matches!(input.get(*index), View::Str("") | View::Unset)
    });
    missing.map(|(_, member)| Violation::new(member.name, None, Constraint::Required)).collect()
}

fn fault(violation: &Violation) -> Fault {
    let (reason, message) = match &violation.constraint {
        Constraint::Required => (Reason::InputRequired, "You must include a value for all required parameters."),
        Constraint::MinLength(_) => (Reason::MinLengthExceeded, "You provided a value that is shorter than allowed."),
        Constraint::MaxLength(_) => (Reason::MaxLengthExceeded, "You provided a value that is longer than allowed."),
        Constraint::MinValue(_) => (Reason::MinValueExceeded, "You provided a value that is smaller than allowed."),
        Constraint::MaxValue(_) => (Reason::MaxValueExceeded, "You provided a value that is larger than allowed."),
        Constraint::Pattern(_) if violation.path == "TargetId" => {
            (Reason::InvalidPatternTargetId, "You provided a value that does not match the required pattern.")
        }
        Constraint::Pattern(_) => {
            (Reason::InvalidPattern, "You provided a value that does not match the required pattern.")
        }
        Constraint::OneOf(_) if violation.path == "PolicyType" => {
            (Reason::InvalidEnumPolicyType, "You specified an invalid value.")
        }
        Constraint::Items(_) | Constraint::Keys(_) | Constraint::Values(_) => {
            (Reason::InvalidListMember, "You provided a list that contains at least one invalid value.")
        }
        Constraint::OneOf(_) | Constraint::UnknownUnionMember => {
            (Reason::InvalidEnum, "You specified an invalid value.")
        }
    };
    // Which value it is AWS does not say.
    invalid(reason, message)
}

fn digits(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn small(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
}

fn word(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn after(text: &str, prefix: &str, rest: impl Fn(&str) -> bool) -> bool {
    text.strip_prefix(prefix).is_some_and(rest)
}

pub fn is_root(text: &str) -> bool {
    after(text, "r-", |rest| small(rest, 4..=32))
}

pub fn is_unit(text: &str) -> bool {
    after(text, "ou-", |rest| rest.split_once('-').is_some_and(|(root, own)| small(root, 4..=32) && small(own, 8..=32)))
}

fn named(text: &str, more: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || more.contains(c))
}

fn email(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    text.split_once('@').is_some_and(|(local, domain)| {
        plain(local) && domain.rsplit_once('.').is_some_and(|(before, last)| plain(before) && plain(last))
    })
}

/// The model's patterns, by their text; those not listed take everything.
fn matches(pattern: &'static str, text: &str) -> bool {
    match pattern {
        r"^\d{12}$" => digits(text),
        r"^r-[0-9a-z]{4,32}$" => is_root(text),
        r"^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$" => is_unit(text),
        r"^(r-[0-9a-z]{4,32})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$" => is_root(text) || is_unit(text),
        r"^(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$" => digits(text) || is_unit(text),
        r"^(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$" => {
            is_root(text) || digits(text) || is_unit(text)
        }
        r"^(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})|(^p-[0-9a-zA-Z_]{8,128})|(^rp-[0-9a-zA-Z_]{4,128})|(^rt-[0-9a-zA-Z_]{8,32})$" =>
        {
            let other = |(prefix, least)| after(text, prefix, |rest| word(rest, least..=128));
            is_root(text) || digits(text) || is_unit(text) || [("p-", 8), ("rp-", 4), ("rt-", 8)].into_iter().any(other)
        }
        r"^p-[0-9a-zA-Z_]{8,128}$" => after(text, "p-", |rest| word(rest, 8..=128)),
        r"^h-[0-9a-z]{8,32}$" => after(text, "h-", |rest| small(rest, 8..=32)),
        r"^car-[a-z0-9]{8,32}$" => after(text, "car-", |rest| small(rest, 8..=32)),
        r"[\u0020-\u007E]+" => text.chars().all(|c| (' '..='~').contains(&c)),
        r"[^\s@]+@[^\s@]+\.[^\s@]+" => email(text),
        r"[\w+=,.@-]{1,64}" => !text.is_empty() && named(text, "+=,.@-"),
        r"[\w+=,.@-]*" => named(text, "+=,.@-"),
        r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$" => {
            text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() && !c.is_control() || "_.:/=+-@".contains(c))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    /// A pattern that the model changed would let everything through.
    #[test]
    fn every_pattern_of_an_input_is_known() {
        let mut found = testkit::patterns(organizations_api::OPERATIONS);
        found.retain(|pattern| *pattern != r"[\s\S]*");
        assert!(found.len() > 50);
        for pattern in found {
            assert!(!super::matches(pattern, "é\n"), "{pattern}");
        }
    }
}
