//! What a call of S3 Control acts on.

use super::jobs;
use crate::faults;
use kernel::{AccountId, Cx, Local, Result, authorise::Target};
use wire::{Operation, Shape, View};

pub fn target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    let account = match input.schema().index("AccountId").map(|index| input.get(index)) {
        Some(View::Str(text)) => AccountId::parse(text),
        _ => None,
    };
    let job = jobs::target::asked(operation, input);
    Box::pin(async move {
        // What is configured of an account is its own business.
        let Some(account) = account.filter(|account| *account == cx.account()) else {
            return Err(faults::access_denied());
        };
        if let Some(asked) = job {
            return jobs::target::target(&cx, account, asked).await;
        }
        Ok(Target::of(account, vec!["*".into()]))
    })
}
