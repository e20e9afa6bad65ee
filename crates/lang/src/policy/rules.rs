//! What a document that is well formed must still be, by the kind of policy, and AWS's sentences about it.
//!
//! The order of the checks is IAM's, as observed from its answers to documents with several faults.

use super::{Effect, Element, Kind, Pattern, PolicyError, Statement, Version, grammar::Draft};

type Result<T> = std::result::Result<T, PolicyError>;

/// AWS's sentences, which differ by who reads the document: IAM's policy parser, the one of trust and resource policies, or Organizations.
#[derive(Clone, Copy)]
pub(super) struct Sentences(pub Kind);

const ORGANIZATIONS: &str = "The provided policy document does not meet the requirements of the specified policy type.";

impl Sentences {
    fn say(self, identity: &str, resource: &str, detail: String) -> PolicyError {
        let sentence = match self.0 {
            Kind::Identity | Kind::PermissionsBoundary | Kind::Session => identity,
            Kind::Resource | Kind::RoleTrust => resource,
            Kind::ServiceControl | Kind::ResourceControl => ORGANIZATIONS,
        };
        PolicyError::new(sentence, detail)
    }

    pub(super) fn syntax(self, detail: String) -> PolicyError {
        self.say("Syntax errors in policy.", "Syntax errors in policy.", detail)
    }

    pub(super) fn json(self, detail: String) -> PolicyError {
        self.say("Syntax errors in policy.", "This policy contains invalid Json", detail)
    }

    pub(super) fn unknown_field(self, name: &str, detail: String) -> PolicyError {
        self.say("Syntax errors in policy.", &format!("Unknown field {name}"), detail)
    }

    pub(super) fn missing(self, name: &str, at: String) -> PolicyError {
        self.say(
            "Syntax errors in policy.",
            &format!("Missing required field {name}"),
            format!("{at}: {name} is missing"),
        )
    }

    pub(super) fn effect(self, text: &str, detail: String) -> PolicyError {
        self.say("Syntax errors in policy.", &format!("Invalid effect: {text}"), detail)
    }

    pub(super) fn operator(self, name: &str, detail: String) -> PolicyError {
        self.say("Syntax errors in policy.", &format!("Invalid Condition type : {name}"), detail)
    }

    pub(super) fn principal(self, entry: &str, detail: String) -> PolicyError {
        let trust = format!("Invalid principal in policy: {entry}");
        let sentence = if self.0 == Kind::RoleTrust { &trust } else { "Invalid principal in policy" };
        self.say("Syntax errors in policy.", sentence, detail)
    }
}

pub(super) fn version(version: Option<Version>, kind: Kind) -> Result<()> {
    let organizations = matches!(kind, Kind::ServiceControl | Kind::ResourceControl);
    if (kind.is_identity_grammar() || organizations) && version != Some(Version::V2012) {
        let sentence = "Policy document must be version 2012-10-17 or greater.";
        return Err(Sentences(kind).say(sentence, sentence, "Version: \"2012-10-17\" is wanted".to_owned()));
    }
    Ok(())
}

pub(super) fn complete(drafts: Vec<Draft>, kind: Kind) -> Result<Vec<Statement>> {
    let all = |check: fn(&Draft, Kind) -> Result<()>| drafts.iter().try_for_each(|draft| check(draft, kind));
    all(principal)?;
    all(legacy)?;
    sids(&drafts, kind)?;
    all(has_actions)?;
    all(has_resources)?;
    all(resource_format)?;
    all(action_format)?;
    all(particular)?;
    let action = |draft: &mut Draft| draft.action.take().unwrap_or_else(|| Element::of(Vec::new()));
    Ok(drafts
        .into_iter()
        .map(|mut draft| (action(&mut draft), draft))
        .map(|(action, draft)| draft.into_statement(action))
        .collect())
}

fn principal(draft: &Draft, kind: Kind) -> Result<()> {
    let say = Sentences(kind);
    let named = draft.principal.as_ref().is_some_and(|principal| !principal.entries.is_empty());
    match kind {
        Kind::Resource | Kind::RoleTrust | Kind::ResourceControl if !named => {
            Err(say.missing("Principal", draft.at.clone()))
        }
        Kind::Resource | Kind::RoleTrust | Kind::ResourceControl => Ok(()),
        _ if draft.principal.is_none() => Ok(()),
        _ => {
            let sentence = "Policy document should not specify a principal.";
            Err(say.say(sentence, sentence, format!("{}: a principal has no place in an {}", draft.at, kind.words())))
        }
    }
}

/// What IAM's older parser minds: dates, the spelling of effects, and ARNs with too few fields.
fn legacy(draft: &Draft, kind: Kind) -> Result<()> {
    let fail = |detail: String| {
        Err(Sentences(kind).say("The policy failed legacy parsing", "Syntax errors in policy.", detail))
    };
    if draft.effect_misspelt {
        return fail(format!("{}.Effect: write \"Allow\" or \"Deny\"", draft.at));
    }
    if let Some((condition, date)) = draft.conditions.iter().find_map(|c| Some((c, c.bad_date()?))) {
        return fail(format!("{}.Condition.{}.{}: {date:?} is no date", draft.at, condition.operator, condition.key));
    }
    for text in resources(draft).filter(|text| text.starts_with("arn:aws:")) {
        let fields: Vec<&str> = text.split(':').collect();
        if (fields.len() < 6 && text.contains("::")) || fields[2].is_empty() {
            return fail(format!("{}.Resource: {text:?} lacks fields of an ARN", draft.at));
        }
    }
    Ok(())
}

fn sids(drafts: &[Draft], kind: Kind) -> Result<()> {
    let mut seen: Vec<&str> =
        drafts.iter().filter_map(|draft| draft.sid.as_deref()).filter(|sid| !sid.is_empty()).collect();
    // Resource-based policies take any Sid: "Some services allow additional characters such as spaces."
    if kind != Kind::Resource
        && let Some(sid) = seen.iter().find(|sid| !sid.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        let sentence = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
        return Err(Sentences(kind).say(sentence, sentence, format!("Sid: {sid:?} is not alphanumeric")));
    }
    seen.sort_unstable();
    match seen.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            let sentence = "Statement IDs (SID) in a single policy must be unique.";
            Err(Sentences(kind).say(sentence, sentence, format!("Sid: {:?} comes twice", pair[0])))
        }
        None => Ok(()),
    }
}

fn has_actions(draft: &Draft, kind: Kind) -> Result<()> {
    if draft.action.as_ref().is_some_and(|action| !action.entries.is_empty()) {
        return Ok(());
    }
    let detail = format!("{}: Action or NotAction is missing", draft.at);
    Err(Sentences(kind).say("Policy statement must contain actions.", "Missing required field Action", detail))
}

fn has_resources(draft: &Draft, kind: Kind) -> Result<()> {
    let named = draft.resource.as_ref().is_some_and(|resource| !resource.entries.is_empty());
    match kind {
        Kind::RoleTrust if draft.resource.is_some() => {
            let sentence = "Has prohibited field Resource";
            Err(Sentences(kind).say(sentence, sentence, format!("{}: the resource is the role", draft.at)))
        }
        Kind::RoleTrust => Ok(()),
        _ if named => Ok(()),
        _ => {
            // Of a statement with a bad action as well, IAM reports the action.
            action_format(draft, kind)?;
            let detail = format!("{}: Resource or NotResource is missing", draft.at);
            Err(Sentences(kind).say(
                "Policy statement must contain resources.",
                "Missing required field Resource",
                detail,
            ))
        }
    }
}

fn resources(draft: &Draft) -> impl Iterator<Item = &str> {
    draft.resource.iter().flat_map(|resource| &resource.entries).map(Pattern::text)
}

const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// What S3 has in Regions: everything but buckets and objects (Service authorization reference, "Resource types defined by
/// Amazon S3"), and what may stand for it.
const S3_OF_REGIONS: [&str; 7] =
    ["accesspoint/", "access-grants/", "async-request/", "job/", "storage-lens/", "storage-lens-group/", "*"];

fn resource_format(draft: &Draft, kind: Kind) -> Result<()> {
    resources(draft).filter(|text| *text != "*").try_for_each(|text| {
        let sentence = resource_fault(text, kind);
        sentence.map_or(Ok(()), |sentence| {
            Err(Sentences(kind).say(&sentence, &sentence, format!("{}.Resource: {sentence}", draft.at)))
        })
    })
}

/// AWS's sentence about a resource that is not `*`.
fn resource_fault(text: &str, kind: Kind) -> Option<String> {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    if fields.len() < 2 {
        return Some(format!("Resource {text} must be in ARN format or \"*\"."));
    }
    // API Gateway takes `execute-api:/stage/GET/path` and completes it.
    if kind == Kind::Resource && fields[0] != "arn" {
        return (!text.starts_with("execute-api:/"))
            .then(|| format!("Resource {text} must be in ARN format or \"*\"."));
    }
    let partition = fields[1];
    if !matches!(partition, "aws" | "aws-cn" | "aws-us-gov" | "*") || fields[0] != "arn" {
        let mut shown = ["*"; 4];
        shown.iter_mut().zip(&fields[2..]).for_each(|(shown, field)| *shown = field);
        return Some(format!(
            "Partition \"{partition}\" is not valid for resource \"arn:{partition}:{}\".",
            shown.join(":")
        ));
    }
    let Some(service) = fields.get(2) else {
        return Some("Resource vendor must be fully qualified and cannot contain regexes.".to_owned());
    };
    let region = fields.get(3).is_some_and(|region| !region.is_empty() && *region != "*");
    let path = fields.get(5).copied().unwrap_or("*");
    match *service {
        "iam" if region => Some(format!("IAM resource {text} cannot contain region information.")),
        "s3" if region && !S3_OF_REGIONS.iter().any(|start| path.starts_with(start)) => {
            Some(format!("Resource {text} can not contain region information."))
        }
        "iam"
            if kind.is_identity_grammar()
                && !path.starts_with('*')
                // Neither is in the sentence: what AssumeRoot acts on, and what AWS's own policies name since 2025.
                && path != "root"
                && !path.starts_with("role-template/")
                && !IAM_PATHS.iter().any(|start| path.starts_with(start)) =>
        {
            Some(format!("IAM resource path must either be \"*\" or start with {}.", IAM_PATHS.join(", ")))
        }
        _ => None,
    }
}

fn action_format(draft: &Draft, kind: Kind) -> Result<()> {
    for text in draft.action.iter().flat_map(|action| &action.entries).map(Pattern::text).filter(|text| *text != "*") {
        let fault = match text.split_once(':') {
            None => "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned(),
            Some((_, name)) if name.contains(':') => "Actions/Condition can contain only one colon.".to_owned(),
            Some((vendor, _))
                if vendor != "*" && !vendor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)) =>
            {
                format!("Vendor {vendor} is not valid")
            }
            Some(_) => continue,
        };
        return Err(Sentences(kind).say(&fault, &fault, format!("{}.Action: {text:?}: {fault}", draft.at)));
    }
    Ok(())
}

/// What only one kind asks.
fn particular(draft: &Draft, kind: Kind) -> Result<()> {
    let say = Sentences(kind);
    let fail = |sentence: &str| Err(say.say(sentence, sentence, format!("{}: {sentence}", draft.at)));
    let not_principal = draft.principal.as_ref().is_some_and(|principal| principal.negated);
    let not_action = draft.action.as_ref().is_some_and(|action| action.negated);
    match kind {
        Kind::RoleTrust if not_principal => fail("Has prohibited field NotPrincipal"),
        Kind::RoleTrust => {
            let assumes = |text: &str| {
                let name = text
                    .get(..4)
                    .filter(|vendor| vendor.eq_ignore_ascii_case("sts:"))
                    .map(|_| text[4..].to_ascii_lowercase());
                let known = ["assumerole", "tagsession", "setsourceidentity", "setcontext", "*"];
                name.is_some_and(|name| known.iter().any(|start| name.starts_with(start)))
            };
            match draft
                .action
                .iter()
                .flat_map(|action| &action.entries)
                .any(|action| !assumes(action.text()) && action.text() != "*")
            {
                true => fail("AssumeRole policy may only specify STS AssumeRole actions."),
                false => Ok(()),
            }
        }
        // "The Principal element of an RCP must be *", its effect Deny, and it names actions. Organizations user guide, "RCP syntax".
        Kind::ResourceControl => {
            let everyone =
                draft.principal.iter().flat_map(|principal| &principal.entries).all(|entry| entry.text() == "*");
            match draft.effect == Effect::Deny && everyone && !not_principal && !not_action {
                true => Ok(()),
                false => fail("an RCP denies, to the principal \"*\", named actions"),
            }
        }
        _ => Ok(()),
    }
}
