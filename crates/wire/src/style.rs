//! The sentences in which services word violations of the model's constraints.

use crate::{Constraint, ErrorKind, Fault, Protocol, Violation, common, protocol::MALFORMED_XML};

/// A family of services that word violations alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null`:
    /// AWS's framework answers, in JSON services, Lambda, IAM, STS, SNS, CloudFormation.
    Coral,
    /// `The request must contain the parameter QueueUrl.`: the service answers, in SQS and EC2, in either protocol.
    Query,
    /// S3, and REST services with sentences of their own.
    Rest,
}

impl Style {
    /// What most services of a protocol do.
    pub const fn of(protocol: Protocol) -> Style {
        match protocol {
            Protocol::Ec2 => Style::Query,
            Protocol::RestXml => Style::Rest,
            Protocol::Json10 | Protocol::Json11 | Protocol::Query | Protocol::RestJson | Protocol::Cbor => Style::Coral,
        }
    }

    pub fn fault(self, protocol: Protocol, violations: &[Violation]) -> Fault {
        let (kind, message) = self.sentence(protocol, violations);
        Fault::new(kind, message)
    }

    /// The error and its message for the violations of one input, of which there is at least one.
    pub fn sentence(self, protocol: Protocol, violations: &[Violation]) -> (&'static ErrorKind, String) {
        match self {
            Style::Coral => coral(protocol, violations),
            Style::Query => query(protocol, violations),
            Style::Rest => rest(protocol, violations),
        }
    }
}

/// All violations at once. Source: error messages of DynamoDB, KMS, Cognito, IAM and SNS as users report them.
fn coral(protocol: Protocol, violations: &[Violation]) -> (&'static ErrorKind, String) {
    let kind = match protocol {
        Protocol::Query => &common::VALIDATION_ERROR,
        _ => &common::VALIDATION,
    };
    let plural = if violations.len() == 1 { "" } else { "s" };
    let sentences: Vec<String> = violations
        .iter()
        .map(|violation| {
            let value = match (&violation.value, &violation.constraint) {
                (_, Constraint::Required) => "Value null".to_owned(),
                (Some(value), _) => format!("Value '{value}'"),
                // A sensitive one.
                (None, _) => "Value".to_owned(),
            };
            let path = violation.coral_path();
            format!("{value} at '{path}' failed to satisfy constraint: {}", member_must(&violation.constraint))
        })
        .collect();
    (kind, format!("{} validation error{plural} detected: {}", violations.len(), sentences.join("; ")))
}

fn member_must(constraint: &Constraint) -> String {
    let list = |constraints: &[Constraint]| constraints.iter().map(member_must).collect::<Vec<_>>().join(", ");
    match constraint {
        Constraint::Required => "Member must not be null".to_owned(),
        Constraint::MinLength(min) => format!("Member must have length greater than or equal to {min}"),
        Constraint::MaxLength(max) => format!("Member must have length less than or equal to {max}"),
        Constraint::MinValue(min) => format!("Member must have value greater than or equal to {min}"),
        Constraint::MaxValue(max) => format!("Member must have value less than or equal to {max}"),
        Constraint::Pattern(pattern) => format!("Member must satisfy regular expression pattern: {pattern}"),
        Constraint::OneOf(values) => {
            format!("Member must satisfy enum value set: [{}]", in_java_order(values).join(", "))
        }
        Constraint::Items(constraints) => format!("Member must satisfy constraint: [{}]", list(constraints)),
        Constraint::Keys(constraints) => format!("Map keys must satisfy constraint: [{}]", list(constraints)),
        Constraint::Values(constraints) => format!("Map value must satisfy constraint: [{}]", list(constraints)),
        // A guess: no report of a sentence for unions was found.
        Constraint::UnknownUnionMember => "Member must have exactly one member set".to_owned(),
    }
}

/// AWS keeps an enum's values in a `java.util.HashSet` and prints them as they lie there: by bucket, and within one by
/// name. So far this agrees with `[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]` and others of DynamoDB, Cognito's
/// `[OPTIONAL, OFF, ON]`, Translate's languages; it does not with DynamoDB's `[INDEXES, TOTAL, NONE]`.
fn in_java_order<'a>(values: &[&'a str]) -> Vec<&'a str> {
    let buckets = (values.len() * 4 / 3 + 1).max(16).next_power_of_two() as u32;
    let bucket = |value: &&str| {
        let hash = value.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
        (hash ^ (hash >> 16)) & (buckets - 1)
    };
    let mut ordered = values.to_vec();
    ordered.sort_by_key(|value| (bucket(value), *value));
    ordered
}

/// The first violation alone. Source for what is missing and for the frame of the second sentence: SQS and EC2 as
/// users report them. What follows `Reason:` is a guess: the services' own checks come first where it matters.
fn query(protocol: Protocol, violations: &[Violation]) -> (&'static ErrorKind, String) {
    let first = violations.first();
    let path = first.map(|violation| violation.path.replace(".member", "")).unwrap_or_default();
    let period = if protocol == Protocol::Ec2 { "" } else { "." };
    match first.map(|violation| (&violation.constraint, violation.value.as_deref().unwrap_or_default())) {
        None | Some((Constraint::Required, _)) => {
            (&common::MISSING_PARAMETER, format!("The request must contain the parameter {path}{period}"))
        }
        Some((_, value)) if protocol == Protocol::Ec2 => {
            (&common::INVALID_PARAMETER_VALUE, format!("Value ({value}) for parameter {path} is invalid."))
        }
        Some((constraint, value)) => {
            let reason = member_must(constraint);
            let reason = reason.strip_prefix("Member must").map_or(reason.clone(), |rest| format!("Must{rest}"));
            let message = format!("Value {value} for parameter {path} is invalid. Reason: {reason}.");
            (&common::INVALID_PARAMETER_VALUE, message)
        }
    }
}

/// The first violation alone. The sentence for bodies is S3's; the others are guesses.
fn rest(protocol: Protocol, violations: &[Violation]) -> (&'static ErrorKind, String) {
    let Some(first) = violations.first() else { return (&common::BAD_REQUEST_EXCEPTION, String::new()) };
    if protocol == Protocol::RestXml && first.path.contains('.') {
        return (&common::MALFORMED_XML, MALFORMED_XML.to_owned());
    }
    let kind = if protocol == Protocol::RestXml { &common::INVALID_ARGUMENT } else { &common::BAD_REQUEST_EXCEPTION };
    let path = first.coral_path().replace(".member", "");
    let message = match &first.constraint {
        Constraint::Required => format!("Missing required parameter: {path}"),
        constraint => format!("Invalid value for {path}: {}", member_must(constraint)),
    };
    (kind, message)
}
