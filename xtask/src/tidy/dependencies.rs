//! Which package may depend on which, and where third-party crates are declared.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

/// What pure crates must not reach, however indirectly.
const IMPURE: [&str; 8] = ["tokio", "mio", "hyper", "hyper-util", "heed", "rustix", "socket2", "reqwest"];
const PURE: [&str; 3] = ["wire", "sign", "lang"];

/// A package of the workspace.
pub struct Package {
    pub name: String,
    /// The folder, relative to the root.
    pub folder: String,
    /// Name and kind (`normal`, `dev`, `build`) of direct dependencies.
    pub dependencies: Vec<(String, String)>,
}

/// Everything the workspace's manifests break.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let metadata = metadata(root)?;
    let packages = packages(&metadata, root);
    let mut found = directions(&packages);
    found.extend(purity(&metadata));
    for package in &packages {
        let path = format!("{}/Cargo.toml", package.folder);
        let text = std::fs::read_to_string(root.join(&path)).with_context(|| path.clone())?;
        found.extend(declarations(&path, &text)?);
    }
    Ok(found)
}

fn metadata(root: &Path) -> Result<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--quiet"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn packages(metadata: &Value, root: &Path) -> Vec<Package> {
    let members: BTreeSet<&str> = array(metadata, "workspace_members").filter_map(Value::as_str).collect();
    let mut packages = Vec::new();
    for package in array(metadata, "packages").filter(|package| members.contains(text(package, "id"))) {
        let manifest = Path::new(text(package, "manifest_path"));
        let folder = manifest.parent().and_then(|folder| folder.strip_prefix(root).ok());
        let kind = |dependency: &Value| dependency["kind"].as_str().unwrap_or("normal").to_owned();
        packages.push(Package {
            name: text(package, "name").to_owned(),
            folder: folder.map(|folder| folder.display().to_string()).unwrap_or_default(),
            dependencies: array(package, "dependencies")
                .map(|dependency| (text(dependency, "name").to_owned(), kind(dependency)))
                .collect(),
        });
    }
    packages
}

/// Dependencies between packages of the workspace point one way.
pub fn directions(packages: &[Package]) -> Vec<String> {
    let folders: BTreeMap<&str, &str> =
        packages.iter().map(|package| (package.name.as_str(), package.folder.as_str())).collect();
    let mut found = Vec::new();
    for package in packages {
        for (name, kind) in &package.dependencies {
            let Some(folder) = folders.get(name.as_str()) else { continue };
            if !allowed(package, name, folder, kind == "dev") {
                found.push(format!("{}/Cargo.toml: {} must not depend on {name}", package.folder, package.name));
            }
        }
    }
    found
}

/// Whether a package may depend on another one of the workspace, which lives in `folder`.
fn allowed(package: &Package, name: &str, folder: &str, dev: bool) -> bool {
    let is_api = folder.starts_with("services/") && folder.ends_with("/api");
    let own = package.folder.as_str();
    // What only tests use cannot get into the binary.
    if dev && matches!(name, "peers" | "testkit") && package.name != "wire" {
        return true;
    }
    if own.starts_with("services/") && own.ends_with("/api") || own == "crates/peers" {
        return name == "wire";
    }
    if own.starts_with("services/") {
        // A service's tests may have others around it.
        return is_api
            || dev && folder.starts_with("services/")
            || matches!(name, "kernel" | "wire" | "lang" | "sign" | "identity");
    }
    match package.name.as_str() {
        "wire" => dev && name == "peers",
        "sign" | "lang" => name == "wire" || dev && is_api,
        "kernel" => matches!(name, "wire" | "lang" | "sign") || dev && (is_api || name == "store"),
        "identity" => matches!(name, "kernel" | "wire" | "lang" | "sign"),
        "store" | "compute" => matches!(name, "kernel" | "wire"),
        "front" => {
            matches!(name, "kernel" | "wire" | "sign" | "lang" | "compute") || dev && (is_api || name == "store")
        }
        "testkit" => folder.starts_with("crates/"),
        "nephele" => !is_api && name != "testkit" && name != "peers",
        "xtask" => false,
        _ => true,
    }
}

/// Pure crates reach no runtime, no sockets, no files.
fn purity(metadata: &Value) -> Vec<String> {
    let names: BTreeMap<&str, &str> =
        array(metadata, "packages").map(|package| (text(package, "id"), text(package, "name"))).collect();
    let nodes: BTreeMap<&str, &Value> =
        array(&metadata["resolve"], "nodes").map(|node| (text(node, "id"), node)).collect();
    let mut found = Vec::new();
    for (id, name) in names.iter().filter(|(id, name)| PURE.contains(name) && id.starts_with("path+")) {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![*id];
        while let Some(id) = open.pop() {
            let Some(node) = nodes.get(id) else { continue };
            for dependency in array(node, "deps") {
                let normal = array(dependency, "dep_kinds").any(|kind| kind["kind"].is_null());
                if normal && reached.insert(text(dependency, "pkg")) {
                    open.push(text(dependency, "pkg"));
                }
            }
        }
        let impure = reached.iter().filter_map(|id| names.get(id)).filter(|name| IMPURE.contains(name));
        found.extend(impure.map(|impure| format!("{name} reaches {impure}: it must stay pure")));
    }
    found
}

/// Third-party crates are declared once, in the root manifest; only packages of services are given by path.
pub fn declarations(path: &str, manifest: &str) -> Result<Vec<String>> {
    let manifest: toml::Table = manifest.parse().with_context(|| path.to_owned())?;
    let mut found = Vec::new();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(toml::Value::Table(table)) = manifest.get(section) else { continue };
        for (name, value) in table {
            let key = |key: &str| value.get(key).is_some();
            if key("features") || key("default-features") {
                found.push(format!("{path}: features of {name} belong into [workspace.dependencies]"));
            }
            if !key("workspace") && !key("path") {
                found.push(format!("{path}: declare {name} in [workspace.dependencies]"));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, folder: &str, dependencies: &[&str]) -> Package {
        let normal = |name: &&str| ((*name).to_owned(), "normal".to_owned());
        let dependencies = dependencies.iter().map(normal).collect();
        Package { name: name.to_owned(), folder: folder.to_owned(), dependencies }
    }

    #[test]
    fn dependencies_point_one_way() {
        let mut packages = vec![
            package("wire", "crates/wire", &["bytes"]),
            package("kernel", "crates/kernel", &["wire", "lang"]),
            package("store", "crates/store", &["kernel"]),
            package("lang", "crates/lang", &["wire"]),
            package("sqs-api", "services/sqs/api", &["wire"]),
            package("sqs", "services/sqs", &["kernel", "sqs-api", "kms-api"]),
            package("kms-api", "services/kms/api", &["wire"]),
        ];
        assert!(directions(&packages).is_empty());
        packages[5].dependencies.push(("kms".to_owned(), "dev".to_owned()));
        packages.push(package("kms", "services/kms", &[]));
        assert!(directions(&packages).is_empty());
        packages.push(package("sns", "services/sns", &["sqs", "store"]));
        packages[0].dependencies.push(("kernel".to_owned(), "normal".to_owned()));
        packages[1].dependencies.push(("sqs-api".to_owned(), "normal".to_owned()));
        assert_eq!(directions(&packages).len(), 4);
    }

    #[test]
    fn third_party_crates_come_from_the_workspace() -> Result<()> {
        let good = "[dependencies]\nbytes.workspace = true\nsqs-api = { path = \"api\" }\n";
        assert!(declarations("a", good)?.is_empty());
        let bad =
            "[dependencies]\nbytes = \"1\"\n[dev-dependencies]\nhttp = { workspace = true, features = [\"x\"] }\n";
        assert_eq!(declarations("a", bad)?.len(), 2);
        Ok(())
    }
}
