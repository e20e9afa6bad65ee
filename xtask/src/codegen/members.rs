//! A structure's members: Rust type, names per protocol, location and flags.

use super::{
    model::{kind, required, target, yes},
    names::{self, Unique},
    plan::{Plan, doc, is_enum, xml_namespace},
};
use anyhow::{Result, bail};
use serde_json::Value;

pub struct Member {
    /// In the model.
    pub name: String,
    /// The field, or the variant of a union.
    pub field: String,
    pub rust: String,
    pub doc: String,
    pub wire: String,
    pub query: String,
    /// The variant of `wire::Location`.
    pub location: &'static str,
    /// The constants of `wire::Flags`.
    pub flags: Vec<&'static str>,
    /// An expression of type `&'static Ty`.
    pub ty: String,
    pub xml_namespace: Option<(String, String)>,
    pub streaming: bool,
}

impl Plan<'_> {
    pub fn member(
        &self,
        owner: &str,
        structure: &Value,
        name: &str,
        reference: &Value,
        fields: &mut Unique,
    ) -> Result<Member> {
        let model = self.model;
        let union = yes(structure, "union") || yes(structure, "eventstream");
        let shape = model.shape(target(reference))?;
        let blob = kind(shape) == "blob" && (yes(reference, "streaming") || yes(shape, "streaming"));
        let events = yes(shape, "eventstream");
        let required = required(structure, name);
        let cyclic = self.cycles.get(owner).is_some_and(|cycle| self.cycles.get(target(reference)) == Some(cycle));
        let mut rust = match blob {
            true => "wire::Body".to_owned(),
            false => self.rust_type(target(reference))?,
        };
        let mut ty = if blob { "&ty::BODY".to_owned() } else { self.type_ref(target(reference))? };
        if events {
            rust = format!("wire::Events<{rust}>");
            ty = ty.replacen("Ty::Shape", "Ty::Events", 1);
        }
        if cyclic {
            rust = format!("Box<{rust}>");
        }
        // A required member on a cycle would make the default value endless.
        // A stream without events says by itself that there are none.
        if !union && !events && (!required || cyclic) {
            rust = format!("Option<{rust}>");
        }
        let flag = |key: &str| model.merged(reference, key).and_then(Value::as_bool).unwrap_or(false);
        let flat = flag("flattened") || self.old_flag(owner, name, "flattened");
        let mut flags = Vec::new();
        for (set, constant) in [
            (required && !union, "REQUIRED"),
            (self.sensitive(reference)?, "SENSITIVE"),
            (flat, "FLAT"),
            (flag("xmlAttribute"), "ATTRIBUTE"),
            (flag("idempotencyToken"), "IDEMPOTENCY_TOKEN"),
            (flag("hostLabel"), "HOST_LABEL"),
            (flag("jsonvalue"), "JSON_VALUE"),
            (flag("eventpayload"), "EVENT_PAYLOAD"),
            (flag("eventheader"), "EVENT_HEADER"),
            (self.config.unwrapped.contains(&format!("{owner}.{name}")), "UNWRAPPED"),
        ] {
            if set {
                flags.push(constant);
            }
        }
        let location = match model.merged(reference, "location").and_then(Value::as_str) {
            None => "Body",
            Some("header") => "Header",
            Some("headers") => "PrefixHeaders",
            Some("querystring") => "Query",
            Some("uri") => "Uri",
            Some("statusCode") => "Status",
            Some(other) => bail!("{owner}.{name} is at `{other}`"),
        };
        let field = if union { names::variant(name) } else { names::snake(name) };
        Ok(Member {
            name: name.to_owned(),
            field: fields.take(field),
            rust,
            doc: match doc(reference) {
                text if text.is_empty() => doc(shape),
                text => text,
            },
            wire: self.wire_name(name, reference, flat),
            query: self.query_name(owner, name, reference)?,
            location,
            flags,
            ty,
            xml_namespace: model.merged(reference, "xmlNamespace").and_then(xml_namespace),
            streaming: blob || events,
        })
    }

    /// A flag of the member in the old Query model.
    fn old_flag(&self, owner: &str, name: &str, key: &str) -> bool {
        let Some(old) = self.model.old_shape(owner).and_then(|shape| shape["members"].get(name)) else { return false };
        self.model.query_merged(old, key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The name in JSON, REST and EC2 answers. botocore's XML parser names a flat list by its items.
    fn wire_name(&self, name: &str, reference: &Value, flat: bool) -> String {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let xml = matches!(self.model.metadata("protocol"), Some("rest-xml" | "query" | "ec2"));
        let item = match flat && xml {
            true => self.model.shape(target(reference)).ok().and_then(|list| list.get("member")),
            false => None,
        };
        let item_name = item.and_then(|item| text(self.model.merged(item, "locationName")));
        item_name.or_else(|| text(self.model.merged(reference, "locationName"))).unwrap_or_else(|| name.to_owned())
    }

    /// The name in Query and EC2 requests, by the rules of botocore's QuerySerializer and EC2Serializer.
    fn query_name(&self, owner: &str, name: &str, reference: &Value) -> Result<String> {
        let model = self.model;
        if let Some(name) = self.config.query_names.get(&format!("{owner}.{name}")) {
            return Ok(name.clone());
        }
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        if model.metadata("protocol") == Some("ec2") {
            let capital = |name: String| name[..1].to_ascii_uppercase() + &name[1..];
            let query = text(model.merged(reference, "queryName"));
            return Ok(query
                .or_else(|| text(model.merged(reference, "locationName")).map(capital))
                .unwrap_or_else(|| name.to_owned()));
        }
        if self.config.query_model.is_none() {
            let flat = model.merged(reference, "flattened").and_then(Value::as_bool).unwrap_or(false);
            return Ok(self.wire_name(name, reference, flat));
        }
        let Some(old) = model.old_shape(owner).and_then(|shape| shape["members"].get(name)) else {
            if matches!(kind(model.shape(target(reference))?), "list" | "map") {
                bail!("the old Query model has no {owner}.{name}: name it in [query_names]");
            }
            return Ok(name.to_owned());
        };
        let list = model.query_shape(target(old));
        if let Some(item) = list.and_then(|list| list.get("member"))
            && model.query_merged(old, "flattened").and_then(Value::as_bool).unwrap_or(false)
            && let Some(name) = text(model.query_merged(item, "locationName"))
        {
            return Ok(name);
        }
        Ok(text(model.query_merged(old, "locationName")).unwrap_or_else(|| name.to_owned()))
    }

    /// A member is not printed where it, its shape or what its list or map holds is sensitive.
    fn sensitive(&self, reference: &Value) -> Result<bool> {
        let shape = self.model.shape(target(reference))?;
        if yes(reference, "sensitive") || yes(shape, "sensitive") {
            return Ok(true);
        }
        match kind(shape) {
            "list" => self.sensitive(&shape["member"]),
            "map" => Ok(self.sensitive(&shape["key"])? || self.sensitive(&shape["value"])?),
            _ => Ok(false),
        }
    }

    /// The Rust type of a shape.
    pub fn rust_type(&self, name: &str) -> Result<String> {
        if let Some(rust) = self.rust.get(name) {
            return Ok(rust.clone());
        }
        let shape = self.model.shape(name)?;
        let sparse = |inner: String| if yes(shape, "sparse") { format!("Option<{inner}>") } else { inner };
        Ok(match kind(shape) {
            "structure" => "wire::Json".to_owned(),
            "list" => format!("Vec<{}>", sparse(self.rust_type(target(&shape["member"]))?)),
            "map" => format!("wire::Dict<{}>", sparse(self.rust_type(target(&shape["value"]))?)),
            "string" => "String".to_owned(),
            "boolean" => "bool".to_owned(),
            "integer" | "short" | "byte" => "i32".to_owned(),
            "long" => "i64".to_owned(),
            "float" => "f32".to_owned(),
            "double" => "f64".to_owned(),
            "blob" => "wire::Bytes".to_owned(),
            "timestamp" => "wire::Timestamp".to_owned(),
            other => bail!("{name} is a `{other}`"),
        })
    }

    /// A reference to the static of a shape's type.
    pub fn type_ref(&self, name: &str) -> Result<String> {
        let shape = self.model.shape(name)?;
        if let Some(constant) = self.statics.get(name) {
            return Ok(match kind(shape) {
                "structure" => format!("&Ty::Shape(&{constant})"),
                _ => format!("&{constant}"),
            });
        }
        let constant = match kind(shape) {
            "structure" => "DOCUMENT",
            "string" => "STRING",
            "boolean" => "BOOL",
            "integer" | "short" | "byte" | "long" => "INT",
            "float" | "double" => "FLOAT",
            "blob" => "BLOB",
            "timestamp" => match shape["timestampFormat"].as_str() {
                None => "TIME",
                Some("unixTimestamp") => "UNIX_TIME",
                Some("iso8601") => "ISO_TIME",
                Some("rfc822") => "HTTP_TIME",
                Some(other) => bail!("{name} has the format `{other}`"),
            },
            other => bail!("{name} is a `{other}`"),
        };
        Ok(format!("&ty::{constant}"))
    }

    /// The expression of a constrained or composed type.
    pub fn type_of(&self, name: &str, shape: &Value) -> Result<String> {
        let length = |key: &str, default: &str| match shape[key].as_u64() {
            Some(length) => length.to_string(),
            None => default.to_owned(),
        };
        let (min, max) = (length("min", "0"), length("max", "u64::MAX"));
        let names = self.model.query_shape(name).unwrap_or(shape);
        let element = |part: &str, default: &str| -> String {
            let name = self.model.query_merged(&names[part], "locationName").and_then(Value::as_str);
            name.unwrap_or(default).to_owned()
        };
        Ok(match kind(shape) {
            "list" => {
                let item = self.type_ref(target(&shape["member"]))?;
                let item_name = element("member", "member");
                format!("Ty::List(ListTy {{ item: {item}, item_name: {item_name:?}, min: {min}, max: {max} }})")
            }
            "map" => {
                let (key, value) = (target(&shape["key"]), target(&shape["value"]));
                let (key, value) = (self.type_ref(key)?, self.type_ref(value)?);
                let (key_name, value_name) = (element("key", "key"), element("value", "value"));
                format!(
                    "Ty::Map(MapTy {{ key: {key}, value: {value}, key_name: {key_name:?}, value_name: {value_name:?}, \
                     min: {min}, max: {max} }})"
                )
            }
            "string" if is_enum(shape) && !self.config.open.iter().any(|open| open == name) => {
                format!("Ty::Enum(shapes::{}::VALUES)", self.rust[name])
            }
            "string" => {
                let pattern = match shape["pattern"].as_str() {
                    Some(pattern) => format!("Some({pattern:?})"),
                    None => "None".to_owned(),
                };
                format!("Ty::Str(StrTy {{ min: {min}, max: {max}, pattern: {pattern} }})")
            }
            "blob" => format!("Ty::Blob {{ min: {min}, max: {max} }}"),
            _ => {
                let bound = |key: &str, default: &str| match shape[key].as_f64() {
                    Some(bound) => shape[key].as_i64().unwrap_or(bound as i64).to_string(),
                    None => default.to_owned(),
                };
                format!("Ty::Int {{ min: {}, max: {} }}", bound("min", "i64::MIN"), bound("max", "i64::MAX"))
            }
        })
    }
}
