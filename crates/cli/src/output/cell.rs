//! Values as text.

use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, FieldRef};
use arrow::json::EncoderOptions;
use arrow::json::writer::{NullableEncoder, make_encoder};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::json::string_keys;
use crate::failure::Result;

/// How dates and times look: SQL literals for people, ISO 8601 for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    People,
    Programs,
}

impl Style {
    fn options(self) -> FormatOptions<'static> {
        let options = FormatOptions::new().with_null("NULL").with_display_error(false);
        match self {
            Self::People => options
                .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
                .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f%:z")),
            Self::Programs => options,
        }
    }
}

/// Nested values become JSON for programs, since their parts may hold any separator.
pub(super) fn prepare(array: &ArrayRef, style: Style) -> Result<ArrayRef> {
    if style == Style::Programs && array.data_type().is_nested() {
        return string_keys(array);
    }
    Ok(array.clone())
}

/// Formats the cells of one column; made once for each batch.
pub(super) enum Cells<'a> {
    Plain(ArrayFormatter<'a>),
    Json(NullableEncoder<'a>),
}

impl<'a> Cells<'a> {
    /// `array` comes from [`prepare`]; `json` outlives the formatter.
    pub(super) fn new(
        field: &'a FieldRef,
        array: &'a ArrayRef,
        style: Style,
        json: &'a EncoderOptions,
    ) -> Result<Self> {
        if style == Style::Programs && array.data_type().is_nested() {
            return Ok(Self::Json(make_encoder(field, array, json)?));
        }
        Ok(Self::Plain(ArrayFormatter::try_new(array, &style.options())?))
    }

    /// Replaces `text` by the cell in `row`.
    pub(super) fn write(&mut self, row: usize, text: &mut String) -> Result<()> {
        text.clear();
        match self {
            Self::Plain(formatter) => {
                let value = formatter.value(row);
                value.write(text)?;
            }
            Self::Json(encoder) => {
                let mut bytes = Vec::new();
                encoder.encode(row, &mut bytes);
                let _ = text.write_str(&String::from_utf8_lossy(&bytes));
            }
        }
        Ok(())
    }
}

/// Whether a column is aligned to the right.
pub(super) fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric()
}

/// How JSON is written where it stands in a cell.
pub(super) fn json_options() -> EncoderOptions {
    EncoderOptions::default().with_explicit_nulls(true)
}
