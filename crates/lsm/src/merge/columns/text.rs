//! `listagg`.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, StringArray, StringBuilder, StringViewArray, StringViewBuilder,
};
use arrow::datatypes::DataType;
use rimon_spec::Result;

use super::{FieldMerge, wrong_type};
use crate::merge::steps::{Step, Steps};

pub(super) fn join(
    field: &FieldMerge,
    values: &ArrayRef,
    steps: &Steps,
    delimiter: &str,
    distinct: bool,
) -> Result<ArrayRef> {
    let joiner = Joiner { delimiter, distinct };
    match values.data_type() {
        DataType::Utf8 => {
            let texts: &StringArray = values.as_string();
            let mut builder = StringBuilder::new();
            let at = |row: usize| texts.is_valid(row).then(|| texts.value(row));
            joiner.run(steps, at, |text| builder.append_option(text));
            Ok(Arc::new(builder.finish()))
        }
        DataType::Utf8View => {
            let texts: &StringViewArray = values.as_string_view();
            let mut builder = StringViewBuilder::new();
            let at = |row: usize| texts.is_valid(row).then(|| texts.value(row));
            joiner.run(steps, at, |text| builder.append_option(text));
            Ok(Arc::new(builder.finish()))
        }
        _ => Err(wrong_type(field, values)),
    }
}

struct Joiner<'a> {
    delimiter: &'a str,
    distinct: bool,
}

impl Joiner<'_> {
    fn run<'v>(
        &self,
        steps: &Steps,
        at: impl Fn(usize) -> Option<&'v str>,
        mut append: impl FnMut(Option<&str>),
    ) {
        let mut text = String::new();
        for group in steps.groups() {
            let mut some = false;
            text.clear();
            for op in group {
                let value = at(op.row as usize);
                if op.step == Step::Set {
                    text.clear();
                    text.push_str(value.unwrap_or_default());
                    some = value.is_some();
                    continue;
                }
                if op.step == Step::AddOlder {
                    let newer = std::mem::take(&mut text);
                    text.push_str(value.unwrap_or_default());
                    some = self.add(&mut text, value.is_some(), some.then_some(newer.as_str()));
                } else {
                    some = self.add(&mut text, some, value);
                }
            }
            append(some.then_some(text.as_str()));
        }
    }

    /// Adds a value to `text`, which is null unless `some`; whether it is not null then.
    fn add(&self, text: &mut String, some: bool, value: Option<&str>) -> bool {
        let Some(value) = value.filter(|value| !is_blank(value)) else { return some };
        if !some || is_blank(text) {
            text.clear();
            text.push_str(value);
        } else if self.distinct {
            self.add_new(text, value);
        } else {
            text.push_str(self.delimiter);
            text.push_str(value);
        }
        true
    }

    fn add_new(&self, text: &mut String, value: &str) {
        let old = text.clone();
        let mut seen: HashSet<&str> = self.parts(&old).collect();
        for part in self.parts(value) {
            if !is_blank(part) && seen.insert(part) {
                text.push_str(self.delimiter);
                text.push_str(part);
            }
        }
    }

    /// An empty delimiter stands for a space, as in Java.
    fn parts<'t>(&'t self, text: &'t str) -> impl Iterator<Item = &'t str> {
        text.split(if self.delimiter.is_empty() { " " } else { self.delimiter })
    }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}
