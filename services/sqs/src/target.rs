//! What a call acts on, for authorisation: the queue of its URL or ARN, and that queue's policy.

use crate::queue::{self, Queue, address};
use kernel::{
    Arn, Cx, Local, Result,
    authorise::{Target, templated},
};
use std::sync::Arc;
use wire::{Operation, Shape, View};

pub fn target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    let member = |name: &str| match input.schema().index(name).map(|index| input.get(index)) {
        Some(View::Str(text)) => Some(text.to_owned()),
        _ => None,
    };
    if let Some(url) = member("QueueUrl") {
        return Box::pin(of_url(cx, url));
    }
    let fallback = templated(&cx, operation, input);
    let arn = member("SourceArn");
    Box::pin(async move {
        match arn {
            Some(arn) => Ok(queue::by_arn(&cx, &arn).await?.map_or(fallback, |queue| of_queue(&queue))),
            None => Ok(fallback),
        }
    })
}

async fn of_url(cx: Cx, url: String) -> Result<Target> {
    let none =
        |resource: Arc<str>, account| Target { resources: vec![resource], account, policy: None, tags: Vec::new() };
    let Some((owner, name)) = address(&url) else { return Ok(none("*".into(), cx.account())) };
    Ok(match Queue::named(&cx, owner, name).await? {
        // The same sentence for queues that are not there as for those that may not be seen.
        None => none(Arn::new("sqs", cx.region(), owner, name).to_string().into(), owner),
        Some(queue) => {
            let target = of_queue(&queue);
            cx.keep((url, queue));
            target
        }
    })
}

fn of_queue(queue: &Queue) -> Target {
    Target {
        resources: vec![queue.arn.clone()],
        account: queue.owner,
        policy: queue.policy_text.clone(),
        tags: queue.tags.clone(),
    }
}
