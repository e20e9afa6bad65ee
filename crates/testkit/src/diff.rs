//! The lines in which two texts differ.

/// Lines of agreement shown around a difference.
const CONTEXT: usize = 2;

/// Every difference with its line number in `old`; `-` before lines of the old text, `+` before lines of the new.
pub fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // common[i][j]: how many lines old[i..] and new[j..] have in common, in order.
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = match old[i] == new[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let mut lines: Vec<(char, usize, &str)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', i, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            lines.push(('-', i, old[i]));
            i += 1;
        } else {
            lines.push(('+', i, new[j]));
            j += 1;
        }
    }
    let mut out = String::new();
    let mut last = None;
    for (at, (mark, line, text)) in lines.iter().enumerate() {
        let around = &lines[at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(lines.len())];
        if around.iter().all(|(mark, ..)| *mark == ' ') {
            continue;
        }
        if last.is_none_or(|last| last + 1 < at) {
            out.push_str(&format!("  line {}:\n", line + 1));
        }
        out.push_str(&format!("  {mark} {text}\n"));
        last = Some(at);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn differences_are_shown_with_their_lines() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\ng\nh\ni\n";
        let expected = "  line 3:\n    c\n    d\n  - e\n  + E\n    f\n    g\n    h\n  + i\n";
        assert_eq!(super::diff(old, new), expected);
        assert_eq!(super::diff(old, old), "");
    }
}
