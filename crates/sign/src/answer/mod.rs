//! Faults in the words of the service that answers: code, status, message and extra elements.

mod common;
mod s3;

use std::borrow::Cow;

use crate::fault::Fault;

/// The families of error wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    S3,
    /// awsQuery and restXml other than S3: SQS, SNS, IAM, STS, CloudFormation, Route 53, …
    Query,
    Ec2,
    /// awsJson and rpcv2Cbor: DynamoDB, Kinesis, KMS, …
    Json,
    /// restJson1: Lambda, API Gateway, …
    RestJson,
}

/// A fault as the front writes it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub code: &'static str,
    pub message: Cow<'static, str>,
    /// Further elements of an S3 error document, in order; empty elsewhere.
    pub fields: Vec<(&'static str, String)>,
}

impl Answer {
    fn new(status: u16, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Answer { status, code, message: message.into(), fields: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}

impl Fault {
    pub fn answer(&self, dialect: Dialect) -> Answer {
        match dialect {
            Dialect::S3 => s3::answer(self),
            other => common::answer(self, other),
        }
    }
}

/// S3 and the others share this sentence except for its last clause.
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. ";
