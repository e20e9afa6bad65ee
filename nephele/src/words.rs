//! Numbers as people read them.

/// `17 B`, `3.2 KiB`, `120 MiB`.
pub fn bytes(bytes: i64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" || value >= 100.0 {
                format!("{value:.0} {unit}")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// `0 s`, `1 h 30 min`, `30 d`: the two largest units.
pub fn span(seconds: i64) -> String {
    let mut rest = seconds.max(0);
    let mut parts = Vec::new();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)] {
        if rest >= length {
            parts.push(format!("{} {unit}", rest / length));
            rest %= length;
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_spans() {
        assert_eq!([bytes(17), bytes(3_277), bytes(120 << 20)], ["17 B", "3.2 KiB", "120 MiB"]);
        assert_eq!([span(0), span(5_400), span(30 * 86_400), span(90_061)], ["0 s", "1 h 30 min", "30 d", "1 d 1 h"]);
    }
}
