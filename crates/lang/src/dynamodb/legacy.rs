//! Parameters older than expressions (developer guide, "Legacy DynamoDB conditional parameters"), as what expressions amount
//! to. Names in them are whole attributes, whatever characters they have.

mod attribute_updates;
mod attributes_to_get;
mod comparison;
mod expected;
mod key_conditions;

pub use attribute_updates::{AttributeAction, AttributeUpdate};
pub use comparison::{ComparisonOperator, ConditionalOperator, LegacyCondition};
pub use expected::Expected;

use super::{Error, Result};

/// Parameters of both kinds do not go together. Both lists name those that a request has: `AttributeUpdates`;
/// `UpdateExpression`.
///
/// # Errors
/// Where neither is empty.
pub fn check_not_mixed(non_expression: &[&str], expression: &[&str]) -> Result<()> {
    if non_expression.is_empty() || expression.is_empty() {
        return Ok(());
    }
    let (legacy, modern) = (non_expression.join(", "), expression.join(", "));
    Err(Error::request(format!(
        "Can not use both expression and non-expression parameters in the same request: \
         Non-expression parameters: {{{legacy}}} Expression parameters: {{{modern}}}"
    )))
}
