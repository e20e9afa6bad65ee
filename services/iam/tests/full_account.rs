//! What still goes where an account has as many roles as it may have.
#![allow(clippy::unwrap_used)]

mod run;

use run::Run;

const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;

#[test]
fn only_service_linked_roles_can_exceed_the_limit() {
    let mut run = Run::new();
    run.count(&[("role", 1_000)]);
    let role = [("RoleName", "R"), ("AssumeRolePolicyDocument", TRUST)];
    assert_eq!(run.result("CreateRole", &role), "LimitExceeded");
    assert_eq!(run.result("CreateServiceLinkedRole", &[("AWSServiceName", "ecs.amazonaws.com")]), "ok");
    assert_eq!(run.result("DeleteServiceLinkedRole", &[("RoleName", "AWSServiceRoleForECS")]), "ok");
    assert_eq!(run.result("CreateRole", &role), "LimitExceeded");
}
