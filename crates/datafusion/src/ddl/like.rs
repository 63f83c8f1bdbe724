//! `LIKE` on names.

/// Whether `name` matches a pattern in which `%` stands for any text and `_` for one character.
pub(super) fn matches(name: &str, pattern: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let mut reached: Vec<bool> = (0..=name.len()).map(|i| i == 0).collect();
    for step in pattern.chars() {
        let mut next = vec![false; reached.len()];
        let mut any_before = false;
        for (i, slot) in next.iter_mut().enumerate() {
            let here = reached.get(i).copied().unwrap_or(false);
            any_before |= here;
            *slot = match step {
                '%' => any_before,
                _ => {
                    let before = i.checked_sub(1);
                    let from = before.and_then(|b| reached.get(b)).copied().unwrap_or(false);
                    let letter = before.and_then(|b| name.get(b));
                    from && letter.is_some_and(|c| step == '_' || *c == step)
                }
            };
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        assert!(matches("orders", "orders"));
        assert!(matches("orders", "o%s"));
        assert!(matches("orders", "%"));
        assert!(matches("orders", "_rder_"));
        assert!(matches("", "%"));
        assert!(!matches("orders", "order"));
        assert!(!matches("orders", "_orders"));
        assert!(!matches("", "_"));
    }
}
