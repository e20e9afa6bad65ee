//! Do the AWS CLI and the SDKs, as this shell and the user's profile set them up, go to the cloud?

use super::Finding;
use crate::{aws_cli, environment, environment::present, target::Endpoint};
use std::path::PathBuf;

pub fn check(endpoint: &Endpoint) -> Vec<Finding> {
    let evaluate = if *endpoint == Endpoint::default() {
        "eval \"$(nephele env)\"".to_owned()
    } else {
        format!("eval \"$(nephele env --endpoint {endpoint})\"")
    };
    let mut findings = vec![cli(&evaluate), address(endpoint, &evaluate)];
    findings.extend(
        environment::diversions().into_iter().chain(present("AWS_PROFILE").map(|_| "AWS_PROFILE".to_owned())).map(
            |name| {
                Finding::broken(
                    "environment",
                    format!("{name} is set and leads clients past the cloud"),
                    format!("unset {name}"),
                )
            },
        ),
    );
    findings.extend(keys(&evaluate));
    if let Some(no_proxy) = environment::no_proxy(endpoint) {
        let message = "a proxy is set, and clients ask it for the cloud";
        findings.push(Finding::broken("environment", message, format!("export NO_PROXY='{no_proxy}'")));
    }
    findings.extend(profile());
    findings
}

fn cli(evaluate: &str) -> Finding {
    let Some(program) = aws_cli::search("aws") else {
        return Finding::note(
            "aws cli",
            "there is none on PATH",
            "install it (https://aws.amazon.com/cli), or use an SDK",
        );
    };
    match aws_cli::version(&program) {
        None => {
            let message = format!("{} does not tell its version", program.display());
            Finding::broken("aws cli", message, "install it anew (https://aws.amazon.com/cli)")
        }
        Some(version) if aws_cli::is_version_1(&version) => {
            let short = version.split(' ').next().unwrap_or_default();
            let message = format!("{short} ignores AWS_ENDPOINT_URL for some services, sqs among them");
            Finding::note(
                "aws cli",
                message,
                format!("{evaluate} defines an `aws` that does not; or nephele aws; or version 2"),
            )
        }
        Some(version) => Finding::ok("aws cli", version.split(' ').next().unwrap_or_default()),
    }
}

fn address(endpoint: &Endpoint, evaluate: &str) -> Finding {
    match present("AWS_ENDPOINT_URL") {
        None => Finding::broken("environment", "AWS_ENDPOINT_URL is not set: clients go to AWS", evaluate),
        Some(url) if url.parse::<Endpoint>().is_ok_and(|url| url == *endpoint) => {
            Finding::ok("environment", format!("AWS_ENDPOINT_URL is {url}"))
        }
        Some(url) => Finding::broken(
            "environment",
            format!("AWS_ENDPOINT_URL is {url}: clients do not go to {endpoint}"),
            evaluate,
        ),
    }
}

fn keys(evaluate: &str) -> Option<Finding> {
    let missing =
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"].into_iter().find(|name| present(name).is_none());
    if let Some(name) = missing {
        return Some(Finding::note(
            "environment",
            format!("{name} is not set: clients take it from their profile, if at all"),
            evaluate,
        ));
    }
    let key = present("AWS_ACCESS_KEY_ID")?;
    // Real keys begin so; the cloud knows its own only.
    let real = (key.starts_with("AKIA") || key.starts_with("ASIA")) && key.len() == 20;
    real.then(|| {
        let message = format!("AWS_ACCESS_KEY_ID is {key}: the cloud knows it only if it was made there");
        Finding::note("environment", message, evaluate)
    })
}

/// Settings of the profile in use that no variable of `nephele env` overrides.
fn profile() -> Vec<Finding> {
    let file = present("AWS_CONFIG_FILE").map(PathBuf::from);
    let Some(file) = file.or_else(|| Some(PathBuf::from(present("HOME")?).join(".aws/config"))) else {
        return Vec::new();
    };
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let name =
        present("AWS_PROFILE").or_else(|| present("AWS_DEFAULT_PROFILE")).unwrap_or_else(|| "default".to_owned());
    let misleading = |(key, value): &(String, String)| {
        value.eq_ignore_ascii_case("true")
            // A variable goes before the profile.
            && present(&format!("AWS_{}", key.to_uppercase())).is_none()
            && matches!(
                key.as_str(),
                "ignore_configured_endpoint_urls" | "use_fips_endpoint" | "use_dualstack_endpoint"
            )
    };
    let finding = |(key, _): (String, String)| {
        let message = format!("{key} of profile {name} in {} keeps clients from the cloud", file.display());
        Finding::broken("profile", message, format!("export AWS_{}=false", key.to_uppercase()))
    };
    settings(&text, &name).into_iter().filter(misleading).map(finding).collect()
}

/// The settings of one profile: `[default]` or `[profile NAME]`.
fn settings(text: &str, profile: &str) -> Vec<(String, String)> {
    let mut inside = false;
    let mut settings = Vec::new();
    for line in text.lines() {
        if let Some(header) = line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            let name = header.trim();
            inside = name.strip_prefix("profile").map_or(name, str::trim) == profile;
        } else if let (true, Some((key, value))) = (inside, line.split_once('=')) {
            settings.push((key.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::settings;

    #[test]
    fn the_settings_of_one_profile() {
        let text =
            "[default]\nregion = eu-west-1\n[profile work]\nuse_fips_endpoint=true\ns3 =\n  addressing_style = path\n";
        assert_eq!(settings(text, "default"), [("region".to_owned(), "eu-west-1".to_owned())]);
        assert_eq!(settings(text, "work")[0], ("use_fips_endpoint".to_owned(), "true".to_owned()));
        assert_eq!(settings(text, "other"), []);
    }
}
