//! Generation from small models: names per protocol, recursion, roles of structures, errors.

use super::{config::Config, faults, iam::Iam, model::Model, operations, plan::Plan, schemas, shapes};
use anyhow::Result;
use serde_json::{Value, json};

const CONFIG: &str = "name = \"x\"\ntitle = \"X\"\nmodel = \"x/1\"\noperations = \"all\"\n";
const QUERY: &str = "query_model = { botocore = \"1\", model = \"x/1\" }\nprotocols = [\"json-1.0\", \"query\"]\n";

/// A model of one operation `Do` whose input is the shape `In`.
fn model(protocol: &str, shapes: Value) -> Value {
    let mut shapes = shapes;
    shapes["S"] = json!({"type": "string"});
    json!({
        "metadata": {"protocol": protocol, "protocols": [protocol], "endpointPrefix": "x", "jsonVersion": "1.0"},
        "operations": {"Do": {"http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "In"}}},
        "shapes": shapes,
    })
}

struct Texts {
    shapes: String,
    schemas: String,
    faults: String,
    operations: String,
}

fn generate(config: &str, value: Value, query: Option<Value>) -> Result<Texts> {
    let config = Config::parse(config)?;
    let model = Model::of(value, query);
    let plan = Plan::of(&config, &model)?;
    Ok(Texts {
        shapes: shapes::text(&plan),
        schemas: schemas::text(&plan),
        faults: faults::text(&plan)?,
        operations: operations::text(&plan, &Iam::none())?,
    })
}

fn plain(protocol: &str, shapes: Value) -> Texts {
    generate(CONFIG, model(protocol, shapes), None).expect("the model is sound")
}

#[track_caller]
fn has(text: &str, part: &str) {
    assert!(text.contains(part), "no `{part}` in\n{text}");
}

fn lists(flat_item: &Value) -> Value {
    json!({
        "In": {"type": "structure", "required": ["Plain"], "members": {
            "Plain": {"shape": "S"},
            "Named": {"shape": "S", "locationName": "named"},
            "Wrapped": {"shape": "Wrapped"},
            "Flat": {"shape": "Flat", "locationName": "flat"},
            "Map": {"shape": "Map"},
        }},
        "Wrapped": {"type": "list", "member": {"shape": "S", "locationName": "Item"}},
        "Flat": {"type": "list", "member": flat_item, "flattened": true},
        "Map": {"type": "map", "key": {"shape": "S", "locationName": "K"}, "value": {"shape": "S"}, "flattened": true,
            "locationName": "Entry"},
    })
}

#[test]
fn query_names_follow_botocores_query_serializer() {
    let text = plain("query", lists(&json!({"shape": "S", "locationName": "Each"}))).schemas;
    has(&text, "Member::new(\"Plain\", &ty::STRING).with(Flags::REQUIRED),");
    has(&text, "Member::new(\"Named\", &ty::STRING).wire(\"named\"),");
    has(&text, "Member::new(\"Wrapped\", &WRAPPED),");
    // A flat list is named by its items where these have a name, and by the member otherwise.
    has(&text, "Member::new(\"Flat\", &FLAT).wire(\"Each\").with(Flags::FLAT),");
    // The shape's own traits count where the reference has none.
    has(&text, "Member::new(\"Map\", &MAP).wire(\"Entry\").with(Flags::FLAT),");
    has(&text, "item: &ty::STRING, item_name: \"Item\"");
    has(&text, "key_name: \"K\", value_name: \"value\"");
    let text = plain("query", lists(&json!({"shape": "S"}))).schemas;
    has(&text, "Member::new(\"Flat\", &FLAT).wire(\"flat\").with(Flags::FLAT),");
    has(&text, "item_name: \"member\"");
}

#[test]
fn ec2_names_follow_botocores_ec2_serializer() {
    let shapes = json!({"In": {"type": "structure", "members": {
        "plain": {"shape": "S"},
        "Named": {"shape": "S", "locationName": "namedThing"},
        "Set": {"shape": "S", "locationName": "theSet", "queryName": "Things"},
    }}});
    let text = plain("ec2", shapes).schemas;
    has(&text, "Member::new(\"plain\", &ty::STRING),");
    has(&text, "Member::new(\"Named\", &ty::STRING).wire(\"namedThing\").query(\"NamedThing\"),");
    has(&text, "Member::new(\"Set\", &ty::STRING).wire(\"theSet\").query(\"Things\"),");
}

#[test]
fn an_old_model_gives_the_query_names() -> Result<()> {
    let new = model(
        "json",
        json!({
            "In": {"type": "structure", "members": {
                "Flat": {"shape": "Flat"}, "Map": {"shape": "Map"}, "Late": {"shape": "S"}}},
            "Flat": {"type": "list", "member": {"shape": "S"}},
            "Map": {"type": "map", "key": {"shape": "S"}, "value": {"shape": "S"}},
        }),
    );
    let old = model("query", lists(&json!({"shape": "S", "locationName": "Each"})));
    let text = generate(&(CONFIG.to_owned() + QUERY), new.clone(), Some(old))?.schemas;
    has(&text, "Member::new(\"Flat\", &FLAT).query(\"Each\").with(Flags::FLAT),");
    has(&text, "Member::new(\"Map\", &MAP).query(\"Entry\").with(Flags::FLAT),");
    has(&text, "Member::new(\"Late\", &ty::STRING),");
    has(&text, "key_name: \"K\"");

    let older = model("query", json!({"In": {"type": "structure", "members": {}}}));
    assert!(generate(&(CONFIG.to_owned() + QUERY), new.clone(), Some(older.clone())).is_err());
    let names = "[query_names]\n\"In.Flat\" = \"F\"\n\"In.Map\" = \"M\"\n";
    let text = generate(&(CONFIG.to_owned() + QUERY + names), new, Some(older))?.schemas;
    has(&text, "Member::new(\"Flat\", &FLAT).query(\"F\"),");
    Ok(())
}

#[test]
fn rest_members_have_their_places() {
    let text = plain(
        "rest-xml",
        json!({
            "In": {"type": "structure", "payload": "Body", "members": {
                "Id": {"shape": "S", "location": "uri", "locationName": "id", "hostLabel": true},
                "Meta": {"shape": "Meta", "location": "headers", "locationName": "x-meta-"},
                "When": {"shape": "When", "location": "header", "locationName": "when"},
                "Body": {"shape": "Blob", "streaming": true},
            }},
            "Meta": {"type": "map", "key": {"shape": "S"}, "value": {"shape": "S"}},
            "When": {"type": "timestamp", "timestampFormat": "iso8601"},
            "Blob": {"type": "blob"},
        }),
    );
    has(&text.schemas, "payload: Some(3)");
    has(&text.schemas, "Member::new(\"Id\", &ty::STRING).wire(\"id\").at(Location::Uri).with(Flags::HOST_LABEL),");
    has(&text.schemas, "Member::new(\"Meta\", &META).wire(\"x-meta-\").at(Location::PrefixHeaders),");
    has(&text.schemas, "Member::new(\"When\", &ty::ISO_TIME).wire(\"when\").at(Location::Header),");
    has(&text.shapes, "#[derive(Default)]\npub struct DoInput {");
    has(&text.shapes, "pub body: Option<wire::Body>,");
}

#[test]
fn cycles_are_boxed_and_lists_are_not() {
    let text = plain(
        "json",
        json!({
            "In": {"type": "structure", "members": {"A": {"shape": "A"}, "Tree": {"shape": "Tree"}, "In": {"shape": "In"}}},
            "A": {"type": "structure", "required": ["B"], "members": {"B": {"shape": "B"}, "Other": {"shape": "Tree"}}},
            "B": {"type": "structure", "members": {"A": {"shape": "A"}}},
            "Tree": {"type": "structure", "members": {"Children": {"shape": "Trees"}}},
            "Trees": {"type": "list", "member": {"shape": "Tree"}},
        }),
    )
    .shapes;
    // A required member on a cycle is optional: its default would contain itself.
    has(&text, "pub struct A {\n    pub b: Option<Box<B>>,\n    pub other: Option<Tree>,\n}");
    has(&text, "pub struct B {\n    pub a: Option<Box<A>>,\n}");
    has(&text, "pub children: Option<Vec<Tree>>,");
    // An input that is also used elsewhere has both names.
    has(
        &text,
        "pub struct DoInput {\n    pub a: Option<A>,\n    pub tree: Option<Tree>,\n    pub r#in: Option<Box<In>>,",
    );
    has(&text, "pub struct In {");
    has(&text, "pub struct DoOutput {}");
}

#[test]
fn unions_and_enums_keep_the_unknown() {
    let text = plain(
        "json",
        json!({
            "In": {"type": "structure", "members": {"Choice": {"shape": "Choice"}, "Secrets": {"shape": "Secrets"}}},
            "Choice": {"type": "structure", "union": true, "members": {
                "Not": {"shape": "Choice"}, "Kind": {"shape": "Kind"}}},
            "Kind": {"type": "string", "enum": ["a:b", "a-b", "Unknown", "a:b"]},
            "Secrets": {"type": "list", "member": {"shape": "Secret"}},
            "Secret": {"type": "string", "sensitive": true, "min": 1, "pattern": "^\\d+$"},
        }),
    );
    has(&text.shapes, "pub enum Choice {\n    Not(Box<Choice>),\n    Kind(Kind),\n");
    has(&text.shapes, "wire::union!(Choice, schemas::CHOICE, 0 Not, 1 Kind);");
    has(&text.shapes, "        AB = \"a:b\",\n        AB2 = \"a-b\",\n        UnknownValue = \"Unknown\",\n    }");
    has(&text.schemas, "Member::new(\"Secrets\", &SECRETS).with(Flags::SENSITIVE),");
    has(&text.schemas, "static SECRET: Ty = Ty::Str(StrTy { min: 1, max: u64::MAX, pattern: Some(\"^\\\\d+$\") });");
    has(&text.schemas, "static KIND: Ty = Ty::Enum(shapes::Kind::VALUES);");
}

#[test]
fn event_streams_are_streams_of_a_union() {
    let text = plain(
        "rest-json",
        json!({
            "In": {"type": "structure", "members": {"Events": {"shape": "Events"}}},
            "Events": {"type": "structure", "eventstream": true, "members": {"Chunk": {"shape": "Chunk"}}},
            "Chunk": {"type": "structure", "event": true, "members": {
                "Payload": {"shape": "Blob", "eventpayload": true}, "Kind": {"shape": "S", "eventheader": true}}},
            "Blob": {"type": "blob"},
        }),
    );
    has(&text.shapes, "#[derive(Default)]\npub struct DoInput {\n    pub events: wire::Events<Events>,");
    has(&text.shapes, "wire::union!(Events, schemas::EVENTS, 0 Chunk);");
    has(&text.schemas, "Member::new(\"Events\", &Ty::Events(&EVENTS)),");
    has(&text.schemas, "Member::new(\"Payload\", &ty::BLOB).with(Flags::EVENT_PAYLOAD),");
}

#[test]
fn exceptions_carry_code_status_and_detail() -> Result<()> {
    let mut value = model(
        "json",
        json!({
            "In": {"type": "structure", "members": {}},
            "Gone": {"type": "structure", "members": {"Message": {"shape": "S"}}, "exception": true,
                "error": {"httpStatusCode": 404, "code": "Really.Gone"}},
            "Busy": {"type": "structure", "members": {"message": {"shape": "S"}, "After": {"shape": "S"}},
                "exception": true, "fault": true},
        }),
    );
    value["operations"]["Do"]["errors"] = json!([{"shape": "Gone"}, {"shape": "Busy"}]);
    let text = generate(&(CONFIG.to_owned() + "[errors]\nOdd = { status = 409 }\n"), value, None)?;
    has(&text.faults, "name: \"Gone\", code: \"Really.Gone\", status: 404, sender: true, message: \"Message\"");
    has(&text.faults, "name: \"Busy\", code: \"Busy\", status: 500, sender: false, message: \"message\"");
    has(&text.faults, "pub fn busy(message: impl Into<String>, detail: super::Busy) -> Fault {");
    has(&text.faults, "name: \"Odd\", code: \"Odd\", status: 409");
    has(&text.shapes, "pub struct Busy {\n    pub after: Option<String>,\n}");
    has(&text.operations, "errors: &[&fault::BUSY, &fault::GONE],");
    Ok(())
}

#[test]
fn what_is_not_built_is_named() -> Result<()> {
    let config = CONFIG.replace("\"all\"", "[]") + "[refused]\nDo = \"It would hurt.\"\n";
    let text = generate(&config, model("json", json!({"In": {"type": "structure", "members": {}}})), None)?;
    has(&text.operations, "Unbuilt { name: \"Do\", method: \"POST\", uri: \"/\", refused: Some(\"It would hurt.\") },");
    let shapes = json!({"In": {"type": "structure", "required": ["Part"], "members": {
        "Part": {"shape": "S", "location": "querystring", "locationName": "part"},
        "Other": {"shape": "S", "location": "querystring", "locationName": "other"}}}});
    let text = generate(&config, model("rest-xml", shapes), None)?;
    has(&text.operations, "Unbuilt { name: \"Do\", method: \"POST\", uri: \"/?part\", ");
    assert!(generate(&CONFIG.replace("\"all\"", "[\"Dont\"]"), model("json", json!({})), None).is_err());
    assert!(Config::parse(&(CONFIG.to_owned() + "colour = \"red\"\n")).is_err());
    Ok(())
}

#[test]
fn actions_are_those_of_the_authorisation_reference() -> Result<()> {
    let actions = json!({"do": {"name": "Do", "accessLevel": "Permissions management, Write", "conditionKeys": ["x:K"],
        "resourceTypes": [{"name": "thing", "required": true, "conditionKeys": []}]}});
    let resources =
        json!({"thing": {"arn": "arn:${Partition}:x:::${Name}", "conditionKeys": ["aws:ResourceTag/${TagKey}"]}});
    let iam = Iam::of("x", actions, resources);
    let text = iam.expression(&Config::parse(CONFIG)?, "Do")?;
    has(&text, "action: \"x:Do\",\n        access: Access::PermissionsManagement,");
    has(&text, "IamResource { name: \"thing\", arn: \"arn:${Partition}:x:::${Name}\", required: true, ");
    has(&text, "condition_keys: &[\"x:K\"],");
    assert!(iam.expression(&Config::parse(CONFIG)?, "DoBatch").is_err());
    let config = Config::parse(&(CONFIG.to_owned() + "[iam]\nDoBatch = \"x:Do\"\nWho = \"\"\n"))?;
    has(&iam.expression(&config, "DoBatch")?, "action: \"x:Do\"");
    has(&iam.expression(&config, "Who")?, "action: \"\"");
    Ok(())
}
