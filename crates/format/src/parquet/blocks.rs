//! Bounds of a column per row group and per page, and the rows that may match a predicate.

use super::error::read_error;
use super::footer::Footer;
use crate::arrow_value::value_at;
use crate::bounds;
use crate::canonical::canonical;
use crate::cast::Cast;
use crate::{Block, ReadColumn, Source};
use arrow::array::{Array, ArrayRef, UInt64Array};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::ParquetMetaData;
use rimon_spec::{DataType, Predicate, Result, TypeKind, Value};
use std::ops::Range;

/// How fine blocks are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Grain {
    RowGroup,
    /// Row groups where the file has no page index, or it is not loaded.
    Page,
}

/// Blocks of `column` that cover the file.
///
/// # Errors
/// `Corrupt` when the statistics cannot be decoded.
pub(super) fn blocks(
    footer: &Footer,
    column: &ReadColumn,
    grain: Grain,
    file: &str,
) -> Result<Vec<Block>> {
    let source = match Bounded::new(footer, column) {
        Some(source) => source,
        None => return Ok(constant_blocks(footer, column)),
    };
    let mut result = Vec::new();
    for (index, rows) in footer.row_groups().into_iter().enumerate() {
        let pages = match grain {
            Grain::Page => source.pages(index, &rows, file)?,
            Grain::RowGroup => None,
        };
        match pages {
            Some(pages) => result.extend(pages),
            None => result.extend(source.row_group(index, rows, file)?),
        }
    }
    Ok(result)
}

/// The top-level column of the file that `column` is read from; `None` when the file has none.
fn root(footer: &Footer, column: &ReadColumn) -> Option<usize> {
    let Source::File { name, .. } = &column.source else { return None };
    footer.root(name)
}

/// Row groups without bounds from the file: a constant is its own bound.
fn constant_blocks(footer: &Footer, column: &ReadColumn) -> Vec<Block> {
    let (bound, null) = match &column.source {
        Source::Constant(Value::Null) | Source::Null => (None, true),
        Source::Constant(value) => (Some(value.clone()), false),
        Source::File { .. } => match root(footer, column) {
            Some(_) => return unknown_blocks(footer),
            None => (None, true),
        },
    };
    let one = |rows: Range<u64>| {
        let nulls = if null { rows.end - rows.start } else { 0 };
        Block { min: bound.clone(), max: bound.clone(), null_count: Some(nulls), rows }
    };
    footer.row_groups().into_iter().map(one).collect()
}

fn unknown_blocks(footer: &Footer) -> Vec<Block> {
    let one = |rows| Block { rows, min: None, max: None, null_count: None };
    footer.row_groups().into_iter().map(one).collect()
}

/// A column of the file whose bounds mean something for the output.
struct Bounded<'a> {
    metadata: &'a ParquetMetaData,
    converter: StatisticsConverter<'a>,
    leaf: usize,
    stored: &'a DataType,
    output: &'a DataType,
    cast: Cast,
}

impl<'a> Bounded<'a> {
    /// `None` when nothing is known: nested, INT96, a conversion that does not keep the order.
    fn new(footer: &'a Footer, column: &'a ReadColumn) -> Option<Self> {
        let Source::File { data_type, .. } = &column.source else { return None };
        let index = root(footer, column)?;
        let reader = footer.reader_metadata();
        let schema = reader.parquet_schema();
        let leaf = (0..schema.num_columns()).find(|l| schema.get_column_root_idx(*l) == index)?;
        let primitive = schema.get_column_root(leaf).is_primitive();
        let floating = matches!(data_type.kind, TypeKind::Float | TypeKind::Double);
        let cast = Cast::new(data_type, &column.output.data_type).ok()?;
        if !primitive
            || footer.is_int96(leaf)
            || (floating && !footer.trust_floats)
            || !cast.is_monotone()
        {
            return None;
        }
        let field = reader.schema().fields().get(index)?;
        let converter = StatisticsConverter::from_column_index(leaf, field, schema).ok()?;
        Some(Self {
            metadata: reader.metadata(),
            converter: converter.with_missing_null_counts_as_zero(false),
            leaf,
            stored: data_type,
            output: &column.output.data_type,
            cast,
        })
    }

    fn row_group(&self, index: usize, rows: Range<u64>, file: &str) -> Result<Option<Block>> {
        let Some(group) = self.metadata.row_groups().get(index) else { return Ok(None) };
        let fail = |e| read_error(e, file);
        let deprecated = group
            .columns()
            .get(self.leaf)
            .and_then(|c| c.statistics())
            .is_some_and(|s| s.is_min_max_deprecated() && !s.is_min_max_backwards_compatible());
        let mins = self.converter.row_group_mins([group]).map_err(fail)?;
        let maxes = self.converter.row_group_maxes([group]).map_err(fail)?;
        let nulls = self.converter.row_group_null_counts([group]).map_err(fail)?;
        let mut block = self.block(rows, 0, &mins, &maxes, &nulls);
        if deprecated {
            (block.min, block.max) = (None, None);
        }
        Ok(Some(block))
    }

    /// `None` when the row group has no page index.
    fn pages(&self, index: usize, rows: &Range<u64>, file: &str) -> Result<Option<Vec<Block>>> {
        let (Some(columns), Some(offsets)) =
            (self.metadata.column_index(), self.metadata.offset_index())
        else {
            return Ok(None);
        };
        let known = columns.get(index).and_then(|c| c.get(self.leaf));
        let pages = offsets.get(index).and_then(|o| o.get(self.leaf));
        let (Some(known), Some(pages)) = (known, pages) else { return Ok(None) };
        let count = pages.page_locations.len();
        if count == 0
            || matches!(known, parquet::file::page_index::column_index::ColumnIndexMetaData::NONE)
        {
            return Ok(None);
        }
        let fail = |e| read_error(e, file);
        let mins = self.converter.data_page_mins(columns, offsets, [&index]).map_err(fail)?;
        let maxes = self.converter.data_page_maxes(columns, offsets, [&index]).map_err(fail)?;
        let nulls =
            self.converter.data_page_null_counts(columns, offsets, [&index]).map_err(fail)?;
        if mins.len() != count || maxes.len() != count || nulls.len() != count {
            return Ok(None);
        }
        let first = |page: usize| {
            pages.page_locations.get(page).and_then(|p| u64::try_from(p.first_row_index).ok())
        };
        let mut result = Vec::with_capacity(count);
        for page in 0..count {
            let start = rows.start.saturating_add(first(page).unwrap_or(0));
            let end = first(page + 1).map_or(rows.end, |f| rows.start.saturating_add(f));
            if start > end || end > rows.end {
                return Ok(None);
            }
            result.push(self.block(start..end, page, &mins, &maxes, &nulls));
        }
        Ok(Some(result))
    }

    fn block(
        &self,
        rows: Range<u64>,
        at: usize,
        mins: &ArrayRef,
        maxes: &ArrayRef,
        nulls: &UInt64Array,
    ) -> Block {
        let known = at < nulls.len() && !nulls.is_null(at);
        let mut bounds = (self.bound(mins, at), self.bound(maxes, at));
        if bounds.0.as_ref().is_some_and(is_nan) || bounds.1.as_ref().is_some_and(is_nan) {
            // Java's files may have NaN as their greatest value; engines do not agree on its place.
            bounds = (None, None);
        }
        let null_count = known.then(|| nulls.value(at));
        Block { rows, min: bounds.0, max: bounds.1, null_count }
    }

    /// A bound that cannot be converted is no bound.
    fn bound(&self, bounds: &ArrayRef, at: usize) -> Option<Value> {
        if at >= bounds.len() {
            return None;
        }
        let one = canonical(&bounds.slice(at, 1), self.stored).ok()?;
        let value = value_at(self.cast.apply(&one).ok()?.as_ref(), 0, self.output).ok()?;
        (!value.is_null()).then_some(value)
    }
}

/// The rows of the file that may match `predicate`, from blocks of `grain`.
///
/// # Errors
/// As [`blocks`].
pub(super) fn matching(
    footer: &Footer,
    columns: &[ReadColumn],
    predicate: &Predicate,
    grain: Grain,
    file: &str,
) -> Result<Vec<Range<u64>>> {
    let mut known: Vec<(&str, Vec<Block>)> = Vec::new();
    for name in predicate.columns() {
        if let Some(column) = columns.iter().find(|c| c.output.name == name) {
            known.push((name, blocks(footer, column, grain, file)?));
        }
    }
    Ok(bounds::matching(&known, footer.num_rows(), predicate))
}

fn is_nan(value: &Value) -> bool {
    match value {
        Value::Float(v) => v.is_nan(),
        Value::Double(v) => v.is_nan(),
        _ => false,
    }
}
