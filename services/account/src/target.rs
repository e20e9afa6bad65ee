//! What a call acts on, for authorisation; and the patterns of its values, which come before.

use identity::organization::{Membership, membership};
use kernel::{
    AccountId, Cx, Local, Result,
    authorise::{Target, templated},
};
use wire::{Operation, Shape, View};

pub fn target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    let mut violations = Vec::new();
    wire::check(input, Some(&matches), &mut violations);
    let protocol = cx.request().protocol.unwrap_or(operation.model.protocols[0]);
    let checked = match violations.is_empty() {
        true => Ok(()),
        false => Err(operation.model.style.fault(protocol, &violations)),
    };
    let member = |name: &&str| match input.schema().index(name).map(|index| input.get(index)) {
        Some(View::Str(text)) => AccountId::parse(text),
        _ => None,
    };
    let other = ["AccountId", "StandardAccountId"].iter().find_map(member);
    let fallback = templated(&cx, operation, input);
    Box::pin(async move {
        checked?;
        let partition = cx.region().partition();
        let snapshot = cx.cloud().engine().latest();
        let arn = match (other, membership(&*snapshot, cx.account()).await?) {
            (Some(other), Some(Membership { organization, management, .. })) => {
                format!("arn:{partition}:account::{management}:account/{organization}/{other}")
            }
            (Some(other), None) => format!("arn:{partition}:account::{other}:account"),
            (None, _) => format!("arn:{partition}:account::{}:account", cx.account()),
        };
        Ok(Target { resources: vec![arn.into()], ..fallback })
    })
}

fn word(text: &str, more: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || more.contains(c))
}

fn email(text: &str) -> bool {
    text.trim().split_once('@').is_some_and(|(local, domain)| {
        let host = domain.rsplit_once('.');
        word(local, "+=.#|!&-") && host.is_some_and(|(host, last)| word(host, ".-") && word(last, ""))
    })
}

fn phone(text: &str, more: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_ascii_digit() || more.contains(c))
}

/// The model's patterns, by their text; each is of the whole value.
fn matches(pattern: &'static str, text: &str) -> bool {
    match pattern {
        r"\d{12}" => AccountId::parse(text).is_some(),
        r"[ -;=?-~]+" => !text.is_empty() && text.chars().all(|c| (' '..='~').contains(&c) && c != '<' && c != '>'),
        r"[+][\s0-9()-]+" => text.strip_prefix('+').is_some_and(|rest| !rest.is_empty() && phone(rest, "()-")),
        r"[\s0-9()+-]+" => !text.is_empty() && phone(text, "()+-"),
        r"[\s]*[\w+=.#|!&-]+@[\w.-]+\.[\w]+[\s]*" => email(text),
        r"[a-zA-Z0-9]{6}" => text.len() == 6 && word(text, "") && !text.contains('_'),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    /// A pattern that the model changed would let everything through.
    #[test]
    fn every_pattern_of_an_input_is_known() {
        let found = testkit::patterns(account_api::OPERATIONS);
        assert!(found.len() > 15);
        for pattern in found {
            assert!(!super::matches(pattern, "é\n"), "{pattern}");
        }
    }
}
