//! What other services deliver to queues: messages, as their queues' policies allow.

use crate::{faults, queue::Queue};
use kernel::{Cx, Local, Result, deliver::Delivery};
use sqs_api::{MessageAttributeValue, SendMessageInput};
use wire::Dict;

pub fn accept(cx: Cx, delivery: Delivery) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let Delivery { to, body, attributes, .. } = delivery;
        let owner = to.account_id().ok_or_else(faults::no_such_queue)?;
        // Services are told that there is no queue, where strangers would not be.
        Queue::named(&cx, owner, &to.resource).await?.ok_or_else(faults::no_such_queue)?;
        let text = |value| MessageAttributeValue {
            data_type: "String".to_owned(),
            string_value: Some(value),
            ..MessageAttributeValue::default()
        };
        let attributes: Dict<_> = attributes.into_iter().map(|(name, value)| (name, text(value))).collect();
        let input = SendMessageInput {
            // Of a queue's URL its path alone counts.
            queue_url: format!("/{}/{}", to.account, to.resource),
            message_body: body,
            message_attributes: Some(attributes).filter(|attributes| !attributes.is_empty()),
            ..SendMessageInput::default()
        };
        cx.call(input).await.map(drop)
    })
}
