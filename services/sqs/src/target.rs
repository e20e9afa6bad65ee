//! What a call acts on, for authorisation: the queue of its URL or ARN, and that queue's policy.

use crate::queue::{self, Queue, address};
use kernel::{
    Arn, Cx, Local, Result,
    authorise::{Target, has_tags, templated},
};
use std::sync::Arc;
use wire::{Operation, Shape, View};

/// "Cross-account permissions don't apply to this action" (API reference): no policy shares these.
const OWNERS_ONLY: [&str; 12] = [
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueues",
    "ListQueueTags",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
];

pub fn target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    let member = |name: &str| match input.schema().index(name).map(|index| input.get(index)) {
        Some(View::Str(text)) => Some(text.to_owned()),
        _ => None,
    };
    // GetQueueUrl names the queue of another account without a URL.
    let url = member("QueueUrl").or_else(|| {
        let (owner, name) = (member("QueueOwnerAWSAccountId")?, member("QueueName")?);
        Some(format!("/{owner}/{name}"))
    });
    let shared = !OWNERS_ONLY.contains(&operation.name);
    if let Some(url) = url {
        return Box::pin(of_url(cx, url, shared));
    }
    let mut fallback = templated(&cx, operation, input);
    if operation.name == "CreateQueue" && has_tags(input) {
        // Of CreateQueue: "you must have the sqs:CreateQueue and sqs:TagQueue permissions".
        fallback.also = &["sqs:TagQueue"];
    }
    let arn = member("SourceArn");
    Box::pin(async move {
        let Some(arn) = arn else { return Ok(fallback) };
        let queue = queue::by_arn(&cx, &arn).await?;
        Ok(queue.map_or(fallback, |queue| of_queue(&cx, &queue, shared)))
    })
}

async fn of_url(cx: Cx, url: String, shared: bool) -> Result<Target> {
    let none = |resource: Arc<str>, account| Target::of(account, vec![resource]);
    let Some((owner, name)) = address(&url) else { return Ok(none("*".into(), cx.account())) };
    Ok(match Queue::named(&cx, owner, name).await? {
        // The same sentence for queues that are not there as for those that may not be seen.
        None => none(Arn::new("sqs", cx.region(), owner, name).to_string().into(), owner),
        Some(queue) => {
            let target = of_queue(&cx, &queue, shared);
            cx.keep((url, queue));
            target
        }
    })
}

fn of_queue(cx: &Cx, queue: &Queue, shared: bool) -> Target {
    // An anonymous caller has the account that it talks to, but is nobody in it.
    let is_owner = queue.owner == cx.account() && !cx.caller().is_anonymous();
    Target {
        policy: queue.policy_text.clone().filter(|_| shared || is_owner),
        tags: queue.tags.clone(),
        ..Target::of(queue.owner, vec![queue.arn.clone()])
    }
}
