//! What a generated api crate says of its service and operations, as static data.

use crate::{ErrorKind, Protocol, Schema, Shape, Style, Ty};

/// A service.
#[derive(Debug)]
pub struct Model {
    /// The folder's name and the name in the endpoint: `sqs`.
    pub name: &'static str,
    /// The `serviceId` of the model: `SQS`, `Lambda`.
    pub id: &'static str,
    /// The service in the credential scope of signatures: `sqs`.
    pub signing_name: &'static str,
    pub api_version: &'static str,
    /// In the model's order of preference; a request may come in any of them.
    pub protocols: &'static [Protocol],
    /// Before the period of `X-Amz-Target`.
    pub target_prefix: Option<&'static str>,
    /// The namespace of XML answers.
    pub xml_namespace: Option<&'static str>,
    /// Before the `#` of an error's `__type`: `com.amazonaws.sqs`.
    pub error_namespace: Option<&'static str>,
    /// JSON answers carry the old Query error code in `x-amzn-query-error`.
    pub query_compatible: bool,
    /// How the service words violations of constraints; [`Style::of`] where nothing better is known.
    pub style: Style,
    /// The service's event source, and who it is as a principal: `sqs.amazonaws.com`.
    pub principal: &'static str,
    /// Operations of the model that are not built.
    pub unbuilt: &'static [Unbuilt],
}

impl Model {
    /// S3 is REST-XML with ways of its own: bare errors, other request ids, milliseconds in every instant.
    pub fn is_s3(&self) -> bool {
        self.name == "s3"
    }
}

/// An operation that the model has and Nephele has not.
#[derive(Debug)]
pub struct Unbuilt {
    pub name: &'static str,
    pub method: &'static str,
    /// As [`Operation::uri`]. Required query parameters stand in it as well (`?partNumber&uploadId`), for there is no
    /// schema that would tell the router.
    pub uri: &'static str,
    /// Why it will not be built; `None` where it is only not built yet.
    pub refused: Option<&'static str>,
}

pub struct Operation {
    pub model: &'static Model,
    pub name: &'static str,
    pub method: &'static str,
    /// `/2015-03-31/functions/{FunctionName}/invocations`; query parts that select the operation stay in it.
    pub uri: &'static str,
    /// The status of a success.
    pub status: u16,
    /// Before the service's host name; may hold labels.
    pub host_prefix: Option<&'static str>,
    pub input: &'static Schema,
    pub output: &'static Schema,
    /// The element around the result in Query answers.
    pub result_wrapper: Option<&'static str>,
    pub errors: &'static [&'static ErrorKind],
    /// The body is not part of what is signed.
    pub unsigned_payload: bool,
    /// Callable without credentials, by the model.
    pub anonymous: bool,
    /// What of it is not built.
    pub missing: Option<&'static str>,
    pub iam: Iam,
}

impl Operation {
    /// The request's body is handed to the operation unread.
    pub fn streams_input(&self) -> bool {
        self.input.members.iter().any(|member| matches!(member.ty, Ty::Body | Ty::Events(_)))
    }
}

/// How the service authorization reference classifies an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    List,
    Write,
    Tagging,
    PermissionsManagement,
}

/// The authorisation facts of an operation, from AWS's service authorization reference.
#[derive(Debug)]
pub struct Iam {
    /// `sqs:SendMessage`; empty where the operation asks for no permission.
    pub action: &'static str,
    pub access: Access,
    pub resources: &'static [IamResource],
    /// Service-specific and global condition keys that the action supports.
    pub condition_keys: &'static [&'static str],
}

#[derive(Debug)]
pub struct IamResource {
    /// `queue`
    pub name: &'static str,
    /// `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`
    pub arn: &'static str,
    pub required: bool,
    pub condition_keys: &'static [&'static str],
}

/// An operation's input: knows its operation and what is answered.
pub trait Input: Shape + Default {
    const OPERATION: &'static Operation;
    type Output: Shape + Default;
}
