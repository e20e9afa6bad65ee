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
    let (url, arn) = (member("QueueUrl"), member("SourceArn"));
    let fallback = templated(&cx, operation, input);
    Box::pin(async move {
        let queue = match (&url, &arn) {
            (Some(url), _) => match address(url) {
                Some((owner, name)) => {
                    let found = Queue::named(&cx, owner, name).await?;
                    // The same sentence for queues that are not there as for those that may not be seen.
                    let arn = Arn::new("sqs", cx.region(), owner, name).to_string();
                    found.ok_or(Target { resources: vec![arn], account: owner, ..fallback.clone() })
                }
                None => Err(fallback),
            },
            (None, Some(arn)) => queue::by_arn(&cx, arn).await?.ok_or(fallback),
            (None, None) => Err(fallback),
        };
        Ok(match queue {
            Ok(queue) => Target {
                resources: vec![queue.arn.to_string()],
                account: queue.owner,
                policy: (!queue.policy.is_empty()).then(|| Arc::from(queue.policy.as_str())),
                tags: queue.tags.clone(),
            },
            Err(target) => target,
        })
    })
}
