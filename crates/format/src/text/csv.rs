//! A line of values (`CsvParser.java`).

use super::options::Csv;

impl Csv {
    /// The first `count` values of a line: `None` for one that the line lacks or does not finish.
    pub(super) fn split(&self, line: &str, count: usize) -> Vec<Option<String>> {
        let chars: Vec<char> = line.chars().collect();
        let at = |i: usize| chars.get(i).copied();
        let mut values: Vec<Option<String>> = Vec::with_capacity(count);
        let (mut buffer, mut quoted, mut inside) = (String::new(), false, false);
        let mut i = 0;
        while values.len() < count
            && let Some(c) = at(i)
        {
            let next = at(i + 1);
            if c == self.escape {
                if let Some(next) = next.filter(|n| *n == self.quote || *n == self.escape)
                    && (quoted || inside)
                {
                    buffer.push(next);
                    i += 1;
                }
            } else if c == self.quote {
                if (quoted || inside) && next == Some(self.quote) {
                    buffer.push(self.quote);
                    i += 1;
                } else {
                    let before = i.checked_sub(1).and_then(at);
                    if i > 2 && before != Some(self.separator) && self.goes_on(next) {
                        if !buffer.is_empty() && buffer.chars().all(is_blank) {
                            buffer.clear();
                        } else {
                            buffer.push(c);
                        }
                    }
                    quoted = !quoted;
                }
                inside = !inside;
            } else if c == self.separator && !quoted {
                values.push(Some(std::mem::take(&mut buffer)));
                inside = false;
            } else {
                buffer.push(c);
                inside = true;
            }
            i += 1;
        }
        if values.len() < count && !quoted {
            values.push(Some(buffer));
        }
        values.resize(count, None);
        values
    }

    fn goes_on(&self, next: Option<char>) -> bool {
        next.is_some_and(|n| n != self.separator)
    }
}

/// `Character.isWhitespace`: no-break spaces are none.
pub(super) fn is_blank(c: char) -> bool {
    let no_break = matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{85}');
    (c.is_whitespace() && !no_break) || ('\u{1c}'..='\u{1f}').contains(&c)
}
