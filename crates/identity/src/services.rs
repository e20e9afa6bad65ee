//! AWS's services: the prefixes of their actions, and what they are called.

static DATA: &str = include_str!("../data/services.txt");

/// Prefixes and names, sorted by prefix: `("sqs", "Amazon SQS")`.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    DATA.lines().skip(1).filter_map(|line| line.split_once(' '))
}

/// The name of the service with a prefix.
pub fn name(prefix: &str) -> Option<&'static str> {
    all().find(|(known, _)| *known == prefix).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn services_have_names() {
        assert!(super::all().count() > 400);
        assert_eq!(super::name("iam"), Some("AWS Identity and Access Management (IAM)"));
        assert_eq!(super::name("nothing"), None);
    }
}
