//! `AttributesToGet`.

use crate::dynamodb::{Error, Path, Projection, Result};
use std::collections::HashSet;

impl<'a> Projection<'a> {
    /// # Errors
    /// An attribute that comes twice.
    pub fn of_attributes(names: impl IntoIterator<Item = &'a str>) -> Result<Projection<'a>> {
        let (mut paths, mut seen) = (Vec::new(), HashSet::new());
        for name in names {
            if !seen.insert(name) {
                return Err(Error::invalid(format_args!("Duplicate value in attribute name: {name}")));
            }
            paths.push(Path::attribute(name));
        }
        Ok(Projection { paths })
    }
}
