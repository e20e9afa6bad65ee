//! DynamoDB's values and expressions (developer guide, "Using expressions in DynamoDB"): conditions and filters, key conditions,
//! projections, updates; and the legacy parameters, which come to the same.
//!
//! An expression is read with the [`Substitutions`] of its request, whose names and values it borrows. What is wrong is an
//! [`Error`] with AWS's sentence. What is not here: tables, the size that an item may have, PartiQL.

mod apply;
mod condition;
mod condition_parser;
mod error;
mod evaluate;
mod key;
mod key_condition;
mod key_range;
mod legacy;
mod lexer;
mod map;
mod number;
mod operands;
mod parser;
mod path;
mod print;
mod projection;
mod reserved;
mod size;
mod substitutions;
mod update;
mod update_parser;
mod value;

pub use apply::Updated;
pub use condition::{Comparator, Condition, Operand};
pub use error::{Error, Stage};
pub use key_condition::{KeyCondition, KeyTest};
pub use key_range::{KeyRange, KeySchema};
pub use legacy::{
    AttributeAction, AttributeUpdate, ComparisonOperator, ConditionalOperator, Expected, LegacyCondition,
    check_not_mixed,
};
pub use map::{Item, Map};
pub use number::Number;
pub use parser::{MAX_EXPRESSION_BYTES, MAX_OPERATORS, Parameter};
pub use path::{Path, Step, Steps};
pub use print::Printed;
pub use projection::Projection;
pub use substitutions::{MAX_SUBSTITUTION_BYTES, Substitutions};
pub use update::{Action, Assigned, Term, Update};
pub use value::{MAX_DEPTH, Type, Value};

type Result<T> = std::result::Result<T, Error>;
