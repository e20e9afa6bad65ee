//! `service.toml`: what a service folder says of its model and of what is built.

use anyhow::{Context, Result, bail};
use std::{collections::BTreeMap, path::Path};

/// One service's settings. The format is described in `services/sqs/service.toml`.
pub struct Config {
    pub name: String,
    pub title: String,
    /// botocore's folder and version: `sqs/2012-11-05`.
    pub model: String,
    pub query_model: Option<QueryModel>,
    /// In order of preference; the model's where empty.
    pub protocols: Vec<String>,
    pub principal: String,
    pub error_namespace: Option<String>,
    /// How violations are worded: `coral`, `query` or `rest`; what most services of the first protocol do where absent.
    pub style: Option<String>,
    /// The names of the operations built; `None` for all.
    pub operations: Option<Vec<String>>,
    /// Operation and what of it is missing.
    pub partial: BTreeMap<String, String>,
    /// Operation and why it will not be built.
    pub refused: BTreeMap<String, String>,
    pub iam: IamConfig,
    /// Structures that are unions by AWS's Smithy model, which botocore has forgotten.
    pub unions: Vec<String>,
    /// `Shape.Member` of outputs that the model requires and AWS leaves out now and then.
    pub optional: Vec<String>,
    /// Enumerations whose values the service judges itself, because it takes others, or has its own words for them.
    pub open: Vec<String>,
    /// `Shape.Member` of the members that are the root element of an XML answer themselves.
    pub unwrapped: Vec<String>,
    /// Operation and the root element of its XML answer, which botocore's models do not have.
    pub xml_root: BTreeMap<String, String>,
    /// `Shape.Member` and its Query name, for lists and maps that the old Query model does not have.
    pub query_names: BTreeMap<String, String>,
    /// Exception and its Query code and HTTP status, where the models do not say.
    pub errors: BTreeMap<String, ErrorConfig>,
}

pub struct QueryModel {
    pub botocore: String,
    pub model: String,
}

#[derive(Default)]
pub struct IamConfig {
    /// Before the colon of actions; the signing name where absent.
    pub prefix: Option<String>,
    /// Operation and its action, where the names differ; empty where no permission is needed.
    pub actions: BTreeMap<String, String>,
}

#[derive(Default)]
pub struct ErrorConfig {
    pub code: Option<String>,
    pub status: Option<u16>,
}

impl Config {
    pub fn read(path: &Path) -> Result<Config> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Config::parse(&text).with_context(|| path.display().to_string())
    }

    pub fn parse(text: &str) -> Result<Config> {
        Config::from_table(text.parse()?)
    }

    pub fn from_table(mut table: toml::Table) -> Result<Config> {
        let mut text = |key: &str| -> Result<Option<String>> {
            match table.remove(key) {
                Some(toml::Value::String(text)) => Ok(Some(text)),
                Some(_) => bail!("`{key}` must be a string"),
                None => Ok(None),
            }
        };
        let name = text("name")?.context("`name` is missing")?;
        let title = text("title")?.context("`title` is missing")?;
        let model = text("model")?.context("`model` is missing")?;
        let principal = text("principal")?.unwrap_or_else(|| format!("{name}.amazonaws.com"));
        let error_namespace = text("error_namespace")?;
        let style = text("style")?;
        let query_model = match table.remove("query_model") {
            Some(toml::Value::Table(mut query)) => Some(QueryModel {
                botocore: string(query.remove("botocore"), "query_model.botocore")?,
                model: string(query.remove("model"), "query_model.model")?,
            }),
            Some(_) => bail!("`query_model` must be a table"),
            None => None,
        };
        let protocols = match table.remove("protocols") {
            Some(value) => strings(value, "protocols")?,
            None => Vec::new(),
        };
        let unions = match table.remove("unions") {
            Some(value) => strings(value, "unions")?,
            None => Vec::new(),
        };
        let unwrapped = match table.remove("unwrapped") {
            Some(value) => strings(value, "unwrapped")?,
            None => Vec::new(),
        };
        let open = match table.remove("open") {
            Some(value) => strings(value, "open")?,
            None => Vec::new(),
        };
        let optional = match table.remove("optional") {
            Some(value) => strings(value, "optional")?,
            None => Vec::new(),
        };
        let operations = match table.remove("operations") {
            Some(toml::Value::String(all)) if all == "all" => None,
            Some(value) => Some(strings(value, "operations")?),
            None => bail!("`operations` is missing"),
        };
        let mut iam = IamConfig { actions: pairs(table.remove("iam"), "iam")?, prefix: None };
        iam.prefix = iam.actions.remove("prefix");
        let config = Config {
            name,
            title,
            model,
            query_model,
            protocols,
            principal,
            error_namespace,
            style,
            operations,
            partial: pairs(table.remove("partial"), "partial")?,
            refused: pairs(table.remove("refused"), "refused")?,
            iam,
            unions,
            optional,
            open,
            unwrapped,
            xml_root: pairs(table.remove("xml_root"), "xml_root")?,
            query_names: pairs(table.remove("query_names"), "query_names")?,
            errors: errors(table.remove("errors"))?,
        };
        if let Some(key) = table.keys().next() {
            bail!("`{key}` is not a setting");
        }
        Ok(config)
    }

    pub fn builds(&self, operation: &str) -> bool {
        match &self.operations {
            Some(names) => names.iter().any(|name| name == operation),
            None => !self.refused.contains_key(operation),
        }
    }
}

fn string(value: Option<toml::Value>, key: &str) -> Result<String> {
    match value {
        Some(toml::Value::String(text)) => Ok(text),
        _ => bail!("`{key}` must be a string"),
    }
}

fn strings(value: toml::Value, key: &str) -> Result<Vec<String>> {
    let toml::Value::Array(items) = value else { bail!("`{key}` must be an array of strings") };
    items.into_iter().map(|item| string(Some(item), key)).collect()
}

fn pairs(value: Option<toml::Value>, key: &str) -> Result<BTreeMap<String, String>> {
    match value {
        None => Ok(BTreeMap::new()),
        Some(toml::Value::Table(table)) => {
            table.into_iter().map(|(name, value)| Ok((name, string(Some(value), key)?))).collect()
        }
        Some(_) => bail!("`{key}` must be a table"),
    }
}

fn errors(value: Option<toml::Value>) -> Result<BTreeMap<String, ErrorConfig>> {
    let Some(value) = value else { return Ok(BTreeMap::new()) };
    let toml::Value::Table(table) = value else { bail!("`errors` must be a table") };
    let entry = |(name, value): (String, toml::Value)| {
        let code = value.get("code").and_then(|code| code.as_str()).map(str::to_owned);
        let status = match value.get("status").and_then(|status| status.as_integer()) {
            Some(status) => Some(u16::try_from(status)?),
            None => None,
        };
        Ok((name, ErrorConfig { code, status }))
    };
    table.into_iter().map(entry).collect()
}
