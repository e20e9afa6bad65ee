//! Trust policies name users and roles by ARN and mean those that had it then: "IAM transforms the ARN to the user's unique
//! principal ID when you save the policy" (IAM user guide, "Principal").

use crate::RoleRecord;
use wire::Json;

/// A role's trust policy as it decides: by ids, so that whoever is made anew under a name is not trusted in its place.
pub fn trust_in_force(role: &RoleRecord) -> String {
    put_ids(&role.trust, &role.principals)
}

/// The document with ids in place of these ARNs among its principals; of an unchanged document the text as it is.
pub fn put_ids(document: &str, principals: &[(String, String)]) -> String {
    if principals.is_empty() {
        return document.to_owned();
    }
    // A stored document was one.
    let Ok(mut json) = Json::parse(document) else { return document.to_owned() };
    let statements = member(&mut json, "Statement");
    for statement in statements.into_iter().flat_map(entries) {
        for name in ["Principal", "NotPrincipal"] {
            let named = member(statement, name).and_then(|principal| member(principal, "AWS"));
            for entry in named.into_iter().flat_map(entries) {
                let id = principals.iter().find(|(arn, _)| entry.as_str() == Some(arn)).map(|(_, id)| id);
                if let Some(id) = id {
                    *entry = id.as_str().into();
                }
            }
        }
    }
    json.to_string()
}

fn member<'a>(json: &'a mut Json, name: &str) -> Option<&'a mut Json> {
    match json {
        Json::Object(members) => members.iter_mut().find(|(known, _)| known == name).map(|(_, value)| value),
        _ => None,
    }
}

/// Of a list its entries, otherwise the value itself.
fn entries(json: &mut Json) -> &mut [Json] {
    match json {
        Json::List(entries) => entries,
        one => std::slice::from_mut(one),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_stand_where_principals_do() {
        let ids = [("arn:a".to_owned(), "AIDA1".to_owned())];
        let put = |text| super::put_ids(text, &ids);
        let one = r#"{"Statement":{"Sid":"arn:a","Principal":{"AWS":"arn:a"}}}"#;
        assert_eq!(put(one), r#"{"Statement":{"Sid":"arn:a","Principal":{"AWS":"AIDA1"}}}"#);
        let many = r#"{"Statement":[{"NotPrincipal":{"AWS":["arn:b","arn:a"],"Service":"arn:a"}},{"Principal":"*"}]}"#;
        assert_eq!(put(many), many.replace(r#""arn:a"]"#, r#""AIDA1"]"#));
        assert_eq!(super::put_ids("{ }", &[]), "{ }");
    }
}
