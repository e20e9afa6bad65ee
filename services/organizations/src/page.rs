//! Pages of lists.

use crate::{faults::invalid, limits::PAGE};
use data_encoding::BASE64;
use kernel::Result;
use organizations_api::InvalidInputExceptionReason as Reason;

/// The page of `items` after `token`, and the next token. Items come in the order of their ids, so that a page begins
/// where the last one ended, whatever was added or removed between.
pub fn page<T>(
    mut items: Vec<T>,
    token: Option<&str>,
    most: Option<i32>,
    id: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<String>)> {
    items.sort_by(|a, b| id(a).cmp(id(b)));
    if let Some(token) = token {
        let last = BASE64.decode(token.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let last = last.ok_or_else(|| {
            let message =
                "Get the value for the NextToken parameter from the response to a previous call of the operation.";
            invalid(Reason::InvalidNextToken, message)
        })?;
        items.retain(|item| id(item) > last.as_str());
    }
    let most = most.map_or(PAGE, |most| most as usize);
    let more = items.len() > most;
    items.truncate(most);
    let next = items.last().filter(|_| more).map(|last| BASE64.encode(id(last).as_bytes()));
    Ok((items, next))
}
