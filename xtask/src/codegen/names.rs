//! Rust names made from the model's.

use std::collections::HashSet;

const KEYWORDS: [&str; 39] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut",
    "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "unsafe", "use",
];
const MORE_KEYWORDS: [&str; 9] =
    ["macro", "override", "priv", "typeof", "union", "unsized", "virtual", "where", "while"];

/// Types that generated code names itself; a shape of this name gets another one.
const TAKEN: [&str; 22] = [
    "Body",
    "Box",
    "Bytes",
    "Clone",
    "Debug",
    "Default",
    "Dict",
    "Display",
    "Err",
    "ErrorKind",
    "Fault",
    "From",
    "Into",
    "Json",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Self",
    "Some",
    "String",
    "Timestamp",
];

/// Written as one word although their capitals say otherwise.
const WORDS: [&str; 9] = ["OAuth", "GraphQL", "IPv4", "IPv6", "IoT", "SAMLv2", "DDoS", "mTLS", "MiB"];

/// Runs of capitals that are two words.
const RUNS: [(&str, usize); 6] =
    [("SSEKMS", 3), ("SSES3", 3), ("AWSKMS", 3), ("KMSARN", 3), ("DBVPC", 2), ("IAMARN", 3)];

/// The words of a name: `MD5OfMessageBody` is MD5, Of, Message, Body; `SSEKMSKeyId` is SSE, KMS, Key, Id.
pub fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut at = 0;
    while at < chars.len() {
        let rest: String = chars[at..].iter().collect();
        let c = chars[at];
        if !c.is_ascii_alphanumeric() {
            flush(&mut words, &mut word);
            at += 1;
            continue;
        }
        if let Some(special) = WORDS.iter().find(|special| rest.starts_with(**special) && ends_word(&rest, special)) {
            flush(&mut words, &mut word);
            words.push((*special).to_owned());
            at += special.len();
            continue;
        }
        if boundary(&chars, at, &word) {
            flush(&mut words, &mut word);
        }
        if word.is_empty()
            && let Some((_, first)) = RUNS.iter().find(|(run, _)| rest.starts_with(run))
        {
            words.push(rest[..*first].to_owned());
            at += first;
            continue;
        }
        word.push(c);
        at += 1;
    }
    flush(&mut words, &mut word);
    words
}

fn flush(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

fn ends_word(rest: &str, special: &str) -> bool {
    !rest[special.len()..].starts_with(|c: char| c.is_ascii_lowercase())
}

/// Whether a new word begins at a position inside a run of letters and digits.
fn boundary(chars: &[char], at: usize, word: &str) -> bool {
    let Some(last) = word.chars().last() else { return false };
    let c = chars[at];
    let next = chars.get(at + 1).copied().unwrap_or('_');
    if !c.is_ascii_uppercase() {
        return false;
    }
    if last.is_ascii_lowercase() {
        return true;
    }
    if last.is_ascii_digit() {
        return next.is_ascii_lowercase() || word.chars().any(|c| c.is_ascii_alphabetic());
    }
    // The last capital of a run begins the next word, except for a plural: `ACLs`, `AZsList`.
    let plural = next == 's' && !chars.get(at + 2).is_some_and(|c| c.is_ascii_lowercase());
    next.is_ascii_lowercase() && !plural
}

/// `queue_url`
pub fn snake(name: &str) -> String {
    let text = words(name).iter().map(|word| word.to_ascii_lowercase()).collect::<Vec<_>>().join("_");
    match text.as_str() {
        "" => "empty".to_owned(),
        "self" | "super" | "crate" => format!("{text}_"),
        _ if text.starts_with(|c: char| c.is_ascii_digit()) => format!("n{text}"),
        _ if KEYWORDS.contains(&text.as_str()) || MORE_KEYWORDS.contains(&text.as_str()) => format!("r#{text}"),
        _ => text,
    }
}

/// `QUEUE_URL`
pub fn screaming(name: &str) -> String {
    snake(name).trim_start_matches("r#").to_ascii_uppercase()
}

/// `QueueUrl`: an enum's or a union's variant.
pub fn variant(name: &str) -> String {
    let capitalised = |word: &String| {
        let word = word.to_ascii_lowercase();
        word[..1].to_ascii_uppercase() + &word[1..]
    };
    let text: String = words(name).iter().map(capitalised).collect();
    match text.as_str() {
        "" => "Empty".to_owned(),
        "Self" | "Unknown" => format!("{text}Value"),
        _ if text.starts_with(|c: char| c.is_ascii_digit()) => format!("V{text}"),
        _ => text,
    }
}

/// A structure's or enum's name: the model's own, where Rust can have it.
pub fn shape(name: &str) -> String {
    let text: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let text = match text.get(..1) {
        Some(first) if first.starts_with(|c: char| c.is_ascii_digit()) => format!("N{text}"),
        Some(first) => first.to_ascii_uppercase() + &text[1..],
        None => "Empty".to_owned(),
    };
    if TAKEN.contains(&text.as_str()) { format!("{text}Shape") } else { text }
}

/// Gives each name once; a second taker gets a number behind it.
#[derive(Default)]
pub struct Unique(HashSet<String>);

impl Unique {
    pub fn take(&mut self, name: String) -> String {
        if self.0.insert(name.clone()) {
            return name;
        }
        let numbered = |number: usize| format!("{name}{number}");
        let mut number = 2;
        while !self.0.insert(numbered(number)) {
            number += 1;
        }
        numbered(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_read_as_rust_fields() {
        for (name, field) in [
            ("QueueUrl", "queue_url"),
            ("MD5OfMessageBody", "md5_of_message_body"),
            ("SSEKMSKeyId", "sse_kms_key_id"),
            ("SSECustomerAlgorithm", "sse_customer_algorithm"),
            ("DBInstance", "db_instance"),
            ("DBInstanceARN", "db_instance_arn"),
            ("KMSMasterKeyID", "kms_master_key_id"),
            ("EC2InstanceId", "ec2_instance_id"),
            ("ACLs", "acls"),
            ("subnetIDs", "subnet_ids"),
            ("IPv6Addresses", "ipv6_addresses"),
            ("s3KeyPrefix", "s3_key_prefix"),
            ("OAuthScopes", "oauth_scopes"),
            ("Type", "r#type"),
            ("self", "self_"),
            ("tags", "tags"),
            ("x-amz-acl", "x_amz_acl"),
            ("TotalIOPS", "total_iops"),
        ] {
            assert_eq!(snake(name), field);
        }
    }

    #[test]
    fn values_read_as_rust_variants() {
        for (value, name) in [
            ("All", "All"),
            ("AWSTraceHeader", "AwsTraceHeader"),
            ("PAY_PER_REQUEST", "PayPerRequest"),
            ("aws:kms:dsse", "AwsKmsDsse"),
            ("t2.micro", "T2Micro"),
            ("4XX", "V4xx"),
            ("1Minute", "V1Minute"),
            ("Unknown", "UnknownValue"),
            ("", "Empty"),
            ("*", "Empty"),
            ("SHA_256", "Sha256"),
            ("NULL", "Null"),
        ] {
            assert_eq!(variant(value), name);
        }
    }

    #[test]
    fn taken_names_move_aside() {
        assert_eq!(shape("Option"), "OptionShape");
        assert_eq!(shape("__listOfString"), "ListOfString");
        let mut unique = Unique::default();
        assert_eq!(unique.take("A".into()), "A");
        assert_eq!(unique.take("A".into()), "A2");
        assert_eq!(unique.take("A".into()), "A3");
    }
}
