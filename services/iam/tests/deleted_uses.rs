//! What a user, a role or an access key was used for goes with it.
#![allow(clippy::unwrap_used)]

mod run;

use kernel::store::{Key, Rows};
use run::{Run, element};

/// How many uses of an id are stored, after a flush.
fn stored(run: &mut Run, id: &str) -> usize {
    let kernel = run.cloud.kernel().clone();
    let uses = Key::new().text("sys").text("identity").text("used").text(id);
    run.cloud.run(async move {
        kernel.flush().await.unwrap();
        kernel.engine().snapshot().count(&uses).await.unwrap()
    })
}

#[test]
fn of_a_key_that_deletes_itself_and_its_user() {
    let mut run = Run::new();
    let bob = run.user("Bob", "/", r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#);
    let id = element(&run.call("GetUser", &[("UserName", "Bob")]), "UserId").unwrap();
    assert_eq!(run.result_as(&bob, "GetUser", &[]), "ok");
    assert!(stored(&mut run, &bob.0) > 0 && stored(&mut run, &id) > 0);

    assert_eq!(run.result_as(&bob, "DeleteUserPolicy", &[("UserName", "Bob"), ("PolicyName", "x")]), "NoSuchEntity");
    assert_eq!(run.result_as(&bob, "DeleteAccessKey", &[("AccessKeyId", &bob.0)]), "ok");
    assert_eq!(stored(&mut run, &bob.0), 0);
    assert!(stored(&mut run, &id) > 0);

    assert_eq!(run.result("DeleteUser", &[("UserName", "Bob")]), "DeleteConflict");
    assert!(stored(&mut run, &id) > 0);
    assert_eq!(run.result("DeleteUserPolicy", &[("UserName", "Bob"), ("PolicyName", "p")]), "ok");
    assert_eq!(run.result("DeleteUser", &[("UserName", "Bob")]), "ok");
    assert_eq!(stored(&mut run, &id), 0);
}

/// The use is in memory only when the key is deleted, and the calls come between each other as the seed says.
#[test]
fn of_a_key_that_is_deleted_by_several_calls_at_once() {
    for seed in 0..20 {
        let mut run = Run::interleaved(seed);
        let bob = run.user("Bob", "/", "");
        run.result_as(&bob, "GetUser", &[]);
        let delete = ("DeleteAccessKey", vec![("UserName", "Bob".to_owned()), ("AccessKeyId", bob.0.clone())]);
        let done = run.together(&[delete.clone(), delete]);
        assert!(done.contains(&"ok".to_owned()), "{done:?}");
        assert_eq!(stored(&mut run, &bob.0), 0, "{seed}");
    }
}
