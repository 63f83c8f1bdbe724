//! Reads option text into values: `OptionsUtils.java`, `MemorySize.java`, `TimeUtils.java`.

use super::enums::Words;
use crate::{Error, Result};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

/// The options of a table, asked for by key. Errors name key and value.
pub(super) struct Reader<'a>(pub(super) &'a IndexMap<String, String>);

impl<'a> Reader<'a> {
    /// The text of the first of `keys` that is set: a key and its older names.
    pub(super) fn text(&self, keys: &[&'static str]) -> Option<(&'static str, &'a str)> {
        keys.iter().find_map(|key| Some((*key, self.0.get(*key)?.as_str())))
    }

    fn parsed<T>(
        &self,
        keys: &[&'static str],
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some((key, value)) = self.text(keys) else { return Ok(None) };
        match parse(value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(bad_value(key, value, expected)),
        }
    }

    pub(super) fn string(&self, keys: &[&'static str]) -> Option<String> {
        self.text(keys).map(|(_, value)| value.to_owned())
    }

    pub(super) fn list(&self, key: &'static str) -> Vec<String> {
        match self.text(&[key]) {
            Some((_, value)) if !value.is_empty() => value.split(',').map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn number<T: FromStr>(&self, keys: &[&'static str]) -> Result<Option<T>> {
        self.parsed(keys, "a number", |v| v.parse().ok())
    }

    pub(super) fn number_from<T: FromStr + PartialOrd + Copy + std::fmt::Display>(
        &self,
        key: &'static str,
        default: T,
        least: T,
    ) -> Result<T> {
        let expected = format!("a number from {least}");
        let value = self.parsed(&[key], &expected, |v| v.parse().ok().filter(|n| *n >= least))?;
        Ok(value.unwrap_or(default))
    }

    pub(super) fn flag(&self, keys: &[&'static str], default: bool) -> Result<bool> {
        Ok(self.optional_flag(keys)?.unwrap_or(default))
    }

    pub(super) fn optional_flag(&self, keys: &[&'static str]) -> Result<Option<bool>> {
        self.parsed(keys, "true or false", parse_flag)
    }

    pub(super) fn memory(&self, key: &'static str, default: u64) -> Result<u64> {
        Ok(self.optional_memory(key)?.unwrap_or(default))
    }

    pub(super) fn optional_memory(&self, key: &'static str) -> Result<Option<u64>> {
        self.parsed(&[key], "a size such as '128 mb'", parse_memory)
    }

    pub(super) fn duration(&self, key: &'static str) -> Result<Option<Duration>> {
        self.parsed(&[key], "a duration such as '1 h'", parse_duration)
    }

    pub(super) fn word<T: Words>(&self, key: &'static str, default: T) -> Result<T> {
        let words: Vec<_> = T::WORDS.iter().map(|(word, _)| *word).collect();
        let expected = format!("one of {}", words.join(", "));
        let find = |v: &str| {
            let found = T::WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(v));
            found.map(|(_, value)| *value)
        };
        Ok(self.parsed(&[key], &expected, find)?.unwrap_or(default))
    }

    /// `0:a,4:b`: a value a level.
    pub(super) fn per_level<T>(
        &self,
        key: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<BTreeMap<i32, T>> {
        let read = |text: &str| {
            text.split(',')
                .map(|pair| {
                    let (level, value) = pair.split_once(':')?;
                    Some((level.trim().parse().ok()?, parse(value.trim())?))
                })
                .collect()
        };
        let levels = self.parsed(&[key], &format!("'level:value,…' with {expected}"), read)?;
        Ok(levels.unwrap_or_default())
    }
}

/// The error for a value that an option does not take.
pub(super) fn bad_value(key: &str, value: &str, expected: &str) -> Error {
    Error::invalid(format!("option '{key}' = '{value}': {expected} expected"))
}

pub(super) fn parse_flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn number_and_unit(text: &str) -> Option<(u64, String)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let number = number.parse::<i64>().ok()?;
    Some((number.unsigned_abs(), unit.trim().to_lowercase()))
}

/// Bytes of `128 mb`, `64kb`, `1g`; a bare number is bytes. `None` when it is not a size.
pub fn parse_memory(text: &str) -> Option<u64> {
    let (number, unit) = number_and_unit(text)?;
    let shift = match unit.as_str() {
        "" | "b" | "bytes" => 0,
        "k" | "kb" | "kibibytes" => 10,
        "m" | "mb" | "mebibytes" => 20,
        "g" | "gb" | "gibibytes" => 30,
        "t" | "tb" | "tebibytes" => 40,
        _ => return None,
    };
    let bytes = number.checked_mul(1 << shift)?;
    (bytes <= i64::MAX as u64).then_some(bytes)
}

/// The duration of `1 h`, `10ms`, `7 days`; a bare number is milliseconds. `None` when it is not a duration.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = number_and_unit(text)?;
    let seconds = |n: u64| number.checked_mul(n).map(Duration::from_secs);
    match unit.as_str() {
        "d" | "day" | "days" => seconds(86_400),
        "h" | "hour" | "hours" => seconds(3600),
        "min" | "m" | "minute" | "minutes" => seconds(60),
        "s" | "sec" | "secs" | "second" | "seconds" => seconds(1),
        "" | "ms" | "milli" | "millis" | "millisecond" | "milliseconds" => {
            Some(Duration::from_millis(number))
        }
        "µs" | "micro" | "micros" | "microsecond" | "microseconds" => {
            Some(Duration::from_micros(number))
        }
        "ns" | "nano" | "nanos" | "nanosecond" | "nanoseconds" => {
            Some(Duration::from_nanos(number))
        }
        _ => None,
    }
}
