//! The SQL of Amazon S3 Select: one `SELECT` over the records of one object (S3 user guide, "SQL reference for Amazon S3
//! Select").
//!
//! [`Statement::parse`] reads an expression; [`Query`] runs it over [`Record`]s that somebody else reads, and hands out the
//! [`Column`]s of those it keeps. What is not here: how records lie in an object, and how results are written.

mod aggregate;
mod arithmetic;
mod ast;
mod calls;
mod cast;
mod data;
mod error;
mod evaluate;
mod expression;
mod format;
mod functions;
mod json;
mod keywords;
mod lexer;
mod like;
mod parser;
mod print;
mod query;
mod record;
mod resolve;
mod time;
mod value;

pub use crate::decimal::Decimal;
pub use ast::{
    Aggregate, Expr, From, Function, Is, Item, Literal, Name, Operator, Part, SelectList, Side, Statement, Step, Type,
};
pub use data::Data;
pub use error::SelectError;
pub use parser::{MAX_BYTES, MAX_DEPTH};
pub use query::Query;
pub use record::{Column, Emit, Fields, Label, MAX_RECORD, Record};
pub use time::Time;
pub use value::Value;

type Result<T> = std::result::Result<T, SelectError>;
