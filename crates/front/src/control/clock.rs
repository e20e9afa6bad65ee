//! The virtual clock, shown and changed.

use super::{Answer, Refusal};
use kernel::{ClockChange, Cloud};
use std::{sync::Arc, time::Duration};
use wire::{Json, TimeFormat};

pub(super) fn show(cloud: &Cloud) -> Json {
    let clock = cloud.clock();
    let ahead = (clock.now().0 - clock.wall().0) as f64 / 1e6;
    Json::Object(vec![
        ("now".into(), clock.now().format(TimeFormat::Iso8601).into()),
        ("wall".into(), clock.wall().format(TimeFormat::Iso8601).into()),
        ("aheadSeconds".into(), Json::Float((ahead * 1e3).round() / 1e3)),
        ("frozen".into(), clock.is_frozen().into()),
    ])
}

/// `{"advance": "15m"}`, `{"freeze": true}` or `{"resume": true}`.
pub(super) async fn change(cloud: &Arc<Cloud>, body: &Json) -> Answer {
    let change = match body.as_object() {
        Some([(name, Json::Str(text))]) if name == "advance" => {
            let by = parse_duration(text).ok_or_else(|| {
                Refusal::bad(format!("'{text}' is no duration. Write 90s, 15m, 12h, 30d, 1h30m, or PT15M."))
            })?;
            ClockChange::Advance(by)
        }
        Some([(name, Json::Int(seconds))]) if name == "advance" && *seconds >= 0 => {
            ClockChange::Advance(Duration::from_secs(*seconds as u64))
        }
        Some([(name, Json::Bool(true))]) if name == "freeze" => ClockChange::Freeze,
        Some([(name, Json::Bool(true))]) if name == "resume" => ClockChange::Resume,
        _ => return Err(Refusal::bad(r#"Send {"advance": "15m"}, {"freeze": true} or {"resume": true}."#)),
    };
    cloud.change_clock(change).await?;
    Ok(show(cloud))
}

/// `90s`, `15m`, `1h30m`, `2d`, a plain number of seconds, or ISO 8601 (`PT15M`, `P1DT2H`).
fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim().to_ascii_lowercase();
    let (text, iso) = match text.strip_prefix('p') {
        Some(rest) => (rest.replacen('t', "", 1), true),
        None => (text, false),
    };
    if text.is_empty() {
        return None;
    }
    let mut millis: u64 = 0;
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = match &rest[..letters] {
            "" if !iso && rest.is_empty() => 1_000,
            "ms" if !iso => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 7 * 86_400_000,
            _ => return None,
        };
        rest = &rest[letters..];
        millis = millis.checked_add(number.checked_mul(unit)?)?;
    }
    Some(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_write_them() {
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            ("15m", 900),
            ("1h30m", 5_400),
            ("30d", 2_592_000),
            ("PT15M", 900),
            ("P1DT2H", 93_600),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "m", "15 m", "-5m", "1y", "p", "99999999999999999999d"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
