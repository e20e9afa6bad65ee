//! Pages of lists.

use crate::{faults::invalid, limits::PAGE};
use kernel::{Result, paging};
use organizations_api::InvalidInputExceptionReason as Reason;

/// The page of `items` after `token`, and the next token. Items come in the order of their ids.
pub fn page<T>(
    items: Vec<T>,
    token: Option<&str>,
    most: Option<i32>,
    id: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<String>)> {
    let after = |token| {
        paging::named_text(token).ok_or_else(|| {
            let message =
                "Get the value for the NextToken parameter from the response to a previous call of the operation.";
            invalid(Reason::InvalidNextToken, message)
        })
    };
    let after = token.map(after).transpose()?;
    let most = most.map_or(PAGE, |most| most as usize);
    Ok(paging::cut(items, after.as_ref().map(String::as_bytes), most, |item| id(item).as_bytes()))
}
