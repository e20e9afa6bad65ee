//! Every operation that a service says it has must have a handler in its table, under the operation's name.

use crate::codegen::service_folders;
use anyhow::{Context, Result};
use std::path::Path;

pub fn check(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let services = root.join("services");
    for folder in service_folders()? {
        let read = |path: &Path| std::fs::read_to_string(path).with_context(|| path.display().to_string());
        let path = folder.strip_prefix(&services)?.to_string_lossy().into_owned();
        let table = match path.split_once('/') {
            None => format!("{path}/src/lib.rs"),
            Some((owner, second)) => format!("{owner}/src/{second}.rs"),
        };
        for operation in missing(&read(&folder.join("api/src/operations.rs"))?, &read(&services.join(&table))?) {
            found.push(format!("services/{table}: no route for the operation {operation}"));
        }
    }
    Ok(found)
}

/// Of the generated list of operations, those without a `route(noun::operation)`.
fn missing(operations: &str, table: &str) -> Vec<String> {
    let list = operations.split_once("OPERATIONS: &[&Operation] = &[").map_or("", |(_, rest)| rest);
    let list = list.split_once("];").map_or("", |(list, _)| list);
    let routed = |name: &str| table.contains(&format!("::{name})")) || table.contains(&format!("route({name})"));
    let names = list.split(',').map(|name| name.trim().trim_start_matches('&').to_ascii_lowercase());
    names.filter(|name| !name.is_empty() && !routed(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn an_operation_without_a_route_is_found() {
        let operations = "pub static OPERATIONS: &[&Operation] = &[\n    &SEND_MESSAGE,\n    &PURGE_QUEUE,\n];";
        assert_eq!(missing(operations, "vec![route(send::send_message)]"), ["purge_queue"]);
        assert!(missing(operations, "route(send::send_message), route(purge_queue)").is_empty());
    }
}
