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
