//! Where a bucket's events go: the configuration of its notifications. What is sent: `events.rs`.

use crate::{bucket::Bucket, configuration, events, faults};
use kernel::{Arn, Cx, Result, deliver};
use s3_api::*;
use wire::common;

/// Of [`configuration`].
const NAME: &str = "notification";
/// User guide, "Amazon S3 Event Notifications": configurations of a bucket.
const MAX: usize = 100;
const MAX_ID: usize = 255;
const MAX_FILTER: usize = 1_024;

/// One configuration of any kind, as events look at it.
pub struct Rule {
    pub id: String,
    pub to: String,
    pub events: Vec<Event>,
    pub prefix: String,
    pub suffix: String,
}

pub async fn get_bucket_notification_configuration(
    cx: Cx,
    input: GetBucketNotificationConfigurationInput,
) -> Result<GetBucketNotificationConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let found = bucket.configuration.get::<NotificationConfiguration>(NAME)?.unwrap_or_default();
    let NotificationConfiguration {
        topic_configurations,
        queue_configurations,
        lambda_function_configurations,
        event_bridge_configuration,
    } = found;
    Ok(GetBucketNotificationConfigurationOutput {
        topic_configurations,
        queue_configurations,
        lambda_function_configurations,
        event_bridge_configuration,
    })
}

pub async fn put_bucket_notification_configuration(
    cx: Cx,
    input: PutBucketNotificationConfigurationInput,
) -> Result<PutBucketNotificationConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let mut wanted = input.notification_configuration;
    if wanted.event_bridge_configuration.is_some() {
        return Err(common::not_implemented(
            "EventBridgeConfiguration: Amazon EventBridge is not part of this cloud yet.",
        ));
    }
    complete(&cx, &mut wanted);
    check_filters(&wanted)?;
    let rules = rules(&wanted);
    check(&rules)?;
    for (element, arn) in destinations(&wanted) {
        let to = destination(&cx, &bucket, element, arn)?;
        if input.skip_destination_validation != Some(true) {
            test(&cx, &bucket, to).await?;
        }
    }
    let value = (!rules.is_empty()).then(|| configuration::encode(&wanted));
    cx.write(async |tx| configuration::set(tx, &bucket, NAME, "", value.clone()).await).await?;
    Ok(PutBucketNotificationConfigurationOutput {})
}

/// Gives ids to those without, and writes the names of filters as S3 shows them.
fn complete(cx: &Cx, wanted: &mut NotificationConfiguration) {
    let named = |id: &mut Option<String>, filter: &mut Option<NotificationConfigurationFilter>| {
        id.get_or_insert_with(|| cx.cloud().ids().uuid());
        let rules = filter.as_mut().and_then(|filter| filter.key.as_mut()).and_then(|key| key.filter_rules.as_mut());
        for name in rules.into_iter().flatten().filter_map(|rule| rule.name.as_mut()) {
            *name = name.as_str().to_ascii_lowercase().as_str().into();
        }
    };
    for each in wanted.queue_configurations.iter_mut().flatten() {
        named(&mut each.id, &mut each.filter);
    }
    for each in wanted.topic_configurations.iter_mut().flatten() {
        named(&mut each.id, &mut each.filter);
    }
    for each in wanted.lambda_function_configurations.iter_mut().flatten() {
        named(&mut each.id, &mut each.filter);
    }
}

/// The configurations of all kinds, each with the element that names its destination.
fn destinations(wanted: &NotificationConfiguration) -> Vec<(&'static str, &str)> {
    let queues = wanted.queue_configurations.iter().flatten().map(|each| ("Queue", each.queue_arn.as_str()));
    let topics = wanted.topic_configurations.iter().flatten().map(|each| ("Topic", each.topic_arn.as_str()));
    let functions = wanted.lambda_function_configurations.iter().flatten();
    let functions = functions.map(|each| ("CloudFunction", each.lambda_function_arn.as_str()));
    queues.chain(topics).chain(functions).collect()
}

/// Most buckets have none.
pub fn is_there(bucket: &Bucket) -> bool {
    bucket.configuration.has(NAME)
}

/// The rules that events of a bucket are held against.
pub fn of(bucket: &Bucket) -> Result<Vec<Rule>> {
    Ok(bucket.configuration.get::<NotificationConfiguration>(NAME)?.as_ref().map(rules).unwrap_or_default())
}

fn rules(wanted: &NotificationConfiguration) -> Vec<Rule> {
    let rule = |id: &Option<String>, to: &str, events: &[Event], filter: &Option<NotificationConfigurationFilter>| {
        let part = |wanted: &str| {
            let rules = filter.as_ref()?.key.as_ref()?.filter_rules.as_ref()?;
            rules.iter().find(|rule| rule.name.as_ref().is_some_and(|name| name.as_str() == wanted))?.value.clone()
        };
        Rule {
            id: id.clone().unwrap_or_default(),
            to: to.to_owned(),
            events: events.to_vec(),
            prefix: part("prefix").unwrap_or_default(),
            suffix: part("suffix").unwrap_or_default(),
        }
    };
    let queues = wanted.queue_configurations.iter().flatten();
    let queues = queues.map(|each| rule(&each.id, &each.queue_arn, &each.events, &each.filter));
    let topics = wanted.topic_configurations.iter().flatten();
    let topics = topics.map(|each| rule(&each.id, &each.topic_arn, &each.events, &each.filter));
    let functions = wanted.lambda_function_configurations.iter().flatten();
    let functions = functions.map(|each| rule(&each.id, &each.lambda_function_arn, &each.events, &each.filter));
    queues.chain(topics).chain(functions).collect()
}

fn check(rules: &[Rule]) -> Result<()> {
    if rules.len() > MAX {
        return Err(faults::invalid_request(format!("A bucket has at most {MAX} notification configurations.")));
    }
    for (at, rule) in rules.iter().enumerate() {
        if rule.id.chars().count() > MAX_ID {
            return Err(faults::invalid_argument("Id", rule.id.as_str(), "Id is longer than 255 characters"));
        }
        if rules[..at].iter().any(|other| other.id == rule.id) {
            let message = "Same ID used for multiple configurations. IDs must be unique";
            return Err(faults::invalid_argument("Id", rule.id.as_str(), message));
        }
        if rule.events.is_empty() {
            return Err(faults::malformed_xml());
        }
        if let Some(Event::Unknown(unknown)) = rule.events.iter().find(|event| matches!(event, Event::Unknown(_))) {
            let message = "A specified event is not supported for notifications.";
            return Err(faults::invalid_argument("Event", unknown.as_str(), message));
        }
        for other in &rules[..at] {
            check_overlap(other, rule)?;
        }
    }
    Ok(())
}

/// "You can't have overlapping prefixes, overlapping suffixes, or prefix and suffix overlapping" of one event (user guide,
/// "Configuring event notifications using object key name filtering").
fn check_overlap(a: &Rule, b: &Rule) -> Result<()> {
    let Some((first, second)) = a
        .events
        .iter()
        .find_map(|first| b.events.iter().find(|second| meet(first, second)).map(|second| (first, second)))
    else {
        return Ok(());
    };
    let prefixes = a.prefix.starts_with(&b.prefix) || b.prefix.starts_with(&a.prefix);
    let suffixes = a.suffix.ends_with(&b.suffix) || b.suffix.ends_with(&a.suffix);
    if !prefixes || !suffixes {
        return Ok(());
    }
    let filtered = [a, b].iter().any(|rule| !rule.prefix.is_empty() || !rule.suffix.is_empty());
    Err(faults::invalid_argument(
        "Event",
        format!("{}, {}", first.as_str(), second.as_str()),
        match filtered {
            true => {
                "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
            }
            false => "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
        },
    ))
}

fn meet(a: &Event, b: &Event) -> bool {
    events::covers(a.as_str(), b.as_str()) || events::covers(b.as_str(), a.as_str())
}

/// The destination of a configuration, if something can be sent there.
fn destination(cx: &Cx, bucket: &Bucket, element: &'static str, text: &str) -> Result<Arn> {
    let service = match element {
        "Queue" => "sqs",
        "Topic" => "sns",
        _ => "lambda",
    };
    let malformed = || faults::invalid_argument(element, text, "The ARN could not be parsed");
    let arn =
        Arn::parse(text).filter(|arn| arn.service == service && arn.account_id().is_some()).ok_or_else(malformed)?;
    if arn.region != bucket.region.as_str() {
        return Err(faults::invalid_argument(
            element,
            text,
            "The notification destination service region is not valid for the bucket location constraint",
        ));
    }
    if arn.resource.ends_with(".fifo") {
        return Err(faults::invalid_argument(
            element,
            text,
            "FIFO SQS queues and FIFO SNS topics are not supported as event notification destinations",
        ));
    }
    if cx.cloud().service(service).is_none_or(|service| service.accepts.is_none()) {
        let title = match element {
            "Topic" => "TopicConfiguration: Amazon SNS",
            "CloudFunction" => "CloudFunctionConfiguration: AWS Lambda",
            _ => "QueueConfiguration: Amazon SQS",
        };
        return Err(common::not_implemented(format!("{title} is not part of this cloud yet.")));
    }
    Ok(arn)
}

/// "When you configure an event notification, S3 sends a test message": where it cannot be sent, nothing is configured.
async fn test(cx: &Cx, bucket: &Bucket, to: Arn) -> Result<()> {
    let delivery = events::delivery(bucket, to.clone(), events::test(cx, bucket));
    let Err(fault) = deliver::now(cx, delivery).await else { return Ok(()) };
    if fault.kind().status >= 500 {
        return Err(fault);
    }
    let what = match to.service.as_str() {
        "sqs" => "queue",
        "sns" => "topic",
        _ => "Lambda function",
    };
    // Only where one may look is it told that nothing is there.
    let why = match fault.kind().code.contains("NonExistent") || fault.kind().status == 404 {
        true => format!("The destination {what} does not exist"),
        false => {
            format!("Permissions on the destination {what} do not allow S3 to publish notifications from this bucket")
        }
    };
    let message = "Unable to validate the following destination configurations";
    Err(faults::invalid_argument(&to.to_string(), why, message))
}

/// Filters have at most one prefix and one suffix.
fn check_filters(wanted: &NotificationConfiguration) -> Result<()> {
    let filters = [
        wanted.queue_configurations.iter().flatten().filter_map(|each| each.filter.as_ref()).collect::<Vec<_>>(),
        wanted.topic_configurations.iter().flatten().filter_map(|each| each.filter.as_ref()).collect(),
        wanted.lambda_function_configurations.iter().flatten().filter_map(|each| each.filter.as_ref()).collect(),
    ];
    for filter in filters.into_iter().flatten() {
        let rules = filter.key.as_ref().and_then(|key| key.filter_rules.as_deref()).unwrap_or_default();
        for (at, rule) in rules.iter().enumerate() {
            let name = rule.name.as_ref().map_or("", |name| name.as_str());
            let value = rule.value.as_deref().unwrap_or_default();
            if !matches!(name, "prefix" | "suffix") {
                let message = "filter rule name must be either prefix or suffix";
                return Err(faults::invalid_argument("FilterRule.Name", name, message));
            }
            if rules[..at].iter().any(|other| other.name == rule.name) {
                let message = format!("Cannot specify more than one {name} rule in a filter.");
                return Err(faults::invalid_argument("FilterRule.Name", name, message));
            }
            if value.len() > MAX_FILTER {
                let message = "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation";
                return Err(faults::invalid_argument("FilterRule.Value", value, message));
            }
        }
    }
    Ok(())
}
