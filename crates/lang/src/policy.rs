//! The IAM policy language: documents, their grammar, and the decision over all policies of a request.
//!
//! [`Policy::parse`] reads and validates a document of one [`Kind`]; [`decide`] answers a [`Request`] and names the statement that
//! decided; [`explain`] also lists every statement looked at. What is not here: where policies are attached, the values of
//! condition keys (a [`Context`] supplies them), quotas on sizes, and whether a named principal exists.

mod condition;
mod context;
mod date;
mod decide;
mod decision;
mod document;
mod error;
mod explain;
mod grammar;
mod kind;
mod matching;
mod network;
mod number;
mod operator;
mod pattern;
mod principal;
mod render;
mod request;
mod rules;
mod statements;
mod wildcard;
mod wording;

pub use condition::Condition;
pub use context::{Context, ContextKeys, Values};
pub use decide::decide;
pub use decision::{Decision, Reason, Source};
pub use document::{Effect, Element, Policy, Statement, Version};
pub use error::PolicyError;
pub use explain::{Explanation, Looked, explain};
pub use grammar::{MAX_BYTES, MAX_STATEMENTS, MAX_VALUES};
pub use kind::{Kind, reached_by_resource_controls};
pub use matching::Outcome;
pub use operator::{Comparison, Operator, Relation, SetOperator};
pub use pattern::Pattern;
pub use principal::{Grant, PrincipalId};
pub use request::{Attached, Form, Policies, Principal, Request, ResourcePolicy};
pub use statements::Statements;
