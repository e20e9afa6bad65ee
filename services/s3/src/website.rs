//! The website configuration of a bucket. How the website answers: `site.rs`.

use crate::{bucket::Bucket, configuration, faults};
use kernel::{Cx, Result};
use s3_api::*;

/// Of [`configuration`].
const NAME: &str = "website";
/// User guide, "Configuring advanced conditional redirects".
const MAX_RULES: usize = 50;

pub async fn put_bucket_website(cx: Cx, input: PutBucketWebsiteInput) -> Result<PutBucketWebsiteOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    check(&input.website_configuration)?;
    let value = configuration::encode(&input.website_configuration);
    cx.write(async |tx| configuration::set(tx, &bucket, NAME, "", Some(value.clone())).await).await?;
    Ok(PutBucketWebsiteOutput {})
}

pub async fn get_bucket_website(cx: Cx, input: GetBucketWebsiteInput) -> Result<GetBucketWebsiteOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let found =
        of(&bucket)?.ok_or_else(|| faults::with_bucket_name(faults::no_such_website_configuration(), &bucket.name))?;
    let WebsiteConfiguration { error_document, index_document, redirect_all_requests_to, routing_rules } = found;
    Ok(GetBucketWebsiteOutput { error_document, index_document, redirect_all_requests_to, routing_rules })
}

pub async fn delete_bucket_website(cx: Cx, input: DeleteBucketWebsiteInput) -> Result<DeleteBucketWebsiteOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    cx.write(async |tx| configuration::set(tx, &bucket, NAME, "", None).await).await?;
    Ok(DeleteBucketWebsiteOutput {})
}

pub fn of(bucket: &Bucket) -> Result<Option<WebsiteConfiguration>> {
    bucket.configuration.get(NAME)
}

fn check(website: &WebsiteConfiguration) -> Result<()> {
    if let Some(all) = &website.redirect_all_requests_to {
        let alone = website.index_document.is_none()
            && website.error_document.is_none()
            && website.routing_rules.as_ref().is_none_or(Vec::is_empty);
        if !alone || all.host_name.is_empty() {
            return Err(faults::malformed_xml());
        }
        return check_protocol(all.protocol.as_ref());
    }
    let Some(index) = &website.index_document else {
        return Err(faults::invalid_argument(
            "IndexDocument",
            "null",
            "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
        ));
    };
    if index.suffix.is_empty() || index.suffix.contains('/') {
        return Err(faults::invalid_argument(
            "IndexDocument",
            index.suffix.as_str(),
            "The IndexDocument Suffix is not well formed",
        ));
    }
    if website.error_document.as_ref().is_some_and(|error| error.key.is_empty()) {
        return Err(faults::invalid_argument("ErrorDocument", "", "The ErrorDocument Key is not well formed"));
    }
    let Some(rules) = &website.routing_rules else { return Ok(()) };
    if rules.len() > MAX_RULES {
        return Err(faults::invalid_request(format!(
            "{} routing rules provided, the number of routing rules in a website configuration is limited to {MAX_RULES}.",
            rules.len()
        )));
    }
    rules.iter().try_for_each(check_rule)
}

fn check_rule(rule: &RoutingRule) -> Result<()> {
    if let Some(condition) = &rule.condition {
        match (&condition.key_prefix_equals, &condition.http_error_code_returned_equals) {
            (None, None) => {
                return Err(faults::invalid_request(
                    "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
                ));
            }
            (_, Some(code)) if !code.parse().is_ok_and(|code: u16| (400..600).contains(&code)) => {
                return Err(faults::invalid_request(format!(
                    "The provided HTTP error code ({code}) is not valid. Valid codes are 4XX or 5XX."
                )));
            }
            _ => {}
        }
    }
    let to = &rule.redirect;
    if *to == Redirect::default() {
        return Err(faults::malformed_xml());
    }
    if to.replace_key_prefix_with.is_some() && to.replace_key_with.is_some() {
        return Err(faults::invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both."));
    }
    if let Some(code) = &to.http_redirect_code
        && !code.parse().is_ok_and(|code: u16| (301..400).contains(&code))
    {
        return Err(faults::invalid_request(format!(
            "The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300."
        )));
    }
    check_protocol(to.protocol.as_ref())
}

fn check_protocol(protocol: Option<&Protocol>) -> Result<()> {
    match protocol {
        None | Some(Protocol::Http | Protocol::Https) => Ok(()),
        Some(Protocol::Unknown(_)) => Err(faults::invalid_request(
            "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.",
        )),
    }
}
