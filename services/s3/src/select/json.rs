//! Where the values of a JSON document end.

/// Looks for the end of a value in bytes that come one after the other.
#[derive(Default)]
pub struct Values {
    /// Looked at already.
    at: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

impl Values {
    /// The end of the value that `bytes` begin with; `None` where it is still to come. They begin with the same bytes until
    /// it is found.
    pub fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let nested = matches!(bytes.first(), Some(b'{' | b'[' | b'"'));
        while let Some(&byte) = bytes.get(self.at) {
            if !nested && (is_space(byte) || matches!(byte, b'{' | b'[' | b'"')) {
                return Some(self.found());
            }
            self.at += 1;
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if nested && self.depth == 0 && !self.in_string {
                return Some(self.found());
            }
        }
        None
    }

    fn found(&mut self) -> usize {
        std::mem::take(self).at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        for (text, expected) in
            [("{\"a\": \"}\\\"\"} 1", 12), ("[[], {}]{}", 8), ("\"a\\\\\" ", 5), ("12 3", 2), ("null[", 4), ("{}", 2)]
        {
            assert_eq!(Values::default().end(text.as_bytes()), Some(expected), "{text}");
            // Also when it comes byte by byte.
            let mut values = Values::default();
            let found = (1..=text.len()).find_map(|cut| values.end(&text.as_bytes()[..cut]));
            assert_eq!(found, Some(expected), "{text}");
        }
        for text in ["12", "{\"a\"", "\"a", ""] {
            assert_eq!(Values::default().end(text.as_bytes()), None, "{text}");
        }
    }
}
