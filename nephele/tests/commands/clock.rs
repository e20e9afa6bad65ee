//! The clock, by command.

use crate::home::{Home, done, fails, json};
use wire::Json;

#[test]
fn shown_advanced_frozen_resumed() {
    let home = Home::new();
    let up = home.up(&["--memory"]);
    let nephele = |arguments: &[&str]| {
        let mut command = home.nephele(arguments);
        command.env("NEPHELE_ENDPOINT", &up.endpoint);
        command
    };
    assert!(done(&mut nephele(&["clock"])).contains("as the wall clock"));
    assert!(done(&mut nephele(&["clock", "advance", "30d"])).contains("30 d ahead"));
    let frozen = json(&done(&mut nephele(&["clock", "freeze", "--json"])));
    assert_eq!(frozen.get("frozen"), Some(&Json::Bool(true)));
    let now = |clock: &Json| clock.get("now").cloned();
    assert_eq!(now(&json(&done(&mut nephele(&["clock", "show", "--json"])))), now(&frozen));
    assert!(!done(&mut nephele(&["clock", "resume"])).contains("frozen"));
    assert!(fails(1, &mut nephele(&["clock", "advance", "soon"])).contains("1h30m"));
}
