//! Columns folded run by run: each row is visited once, in the order of the files, and what its group has so far is
//! found by the group's number. For rows that add; what has no fold here goes through [`super::merge_column`].

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, PrimitiveArray, UInt32Array,
    downcast_primitive,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::take;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use rimon_spec::Result;

use super::decimal::Decimals;
use super::extreme::order;
use super::{FieldFunction, FieldMerge};
use crate::merge::MergedColumns;
use crate::merge::slab::{Piece, SlabRows, joined, mixed};

/// The value of each group; `None` when there is no fold for function, type or values: the general way then gives the
/// result or the error.
fn fold_column(field: &FieldMerge, slab: &SlabRows<'_>, column: usize) -> Result<Option<ArrayRef>> {
    let pieces = slab.pieces(column)?;
    let Some(first) = pieces.first() else { return Ok(None) };
    let data_type = first.values.data_type();
    if pieces.iter().any(|piece| piece.values.data_type() != data_type) {
        return Ok(None);
    }
    let column = Column { slab, pieces: &pieces, data_type };
    match &field.function {
        FieldFunction::Newest | FieldFunction::Overwrite | FieldFunction::LastValue => {
            column.last().map(Some)
        }
        FieldFunction::LastNonNullValue => column.last_non_null().map(Some),
        FieldFunction::FirstValue => column.first(false).map(Some),
        FieldFunction::FirstNonNullValue => column.first(true).map(Some),
        FieldFunction::Sum => Ok(column.sum()),
        FieldFunction::Max => Ok(column.extreme::<true>()),
        FieldFunction::Min => Ok(column.extreme::<false>()),
        _ => Ok(None),
    }
}

/// Folds the columns that can be, and takes them out of `fields`. `plain`: the function of a field, `None` when more than
/// its values decides.
pub(crate) fn fold_fields<F>(
    slab: &SlabRows<'_>,
    fields: &mut [Option<F>],
    plain: impl Fn(&F) -> Option<&FieldMerge>,
) -> Result<MergedColumns> {
    let mut columns = vec![None; fields.len()];
    if !slab.retracts() {
        for (index, (field, column)) in fields.iter_mut().zip(&mut columns).enumerate() {
            if let Some(merge) = field.as_ref().and_then(&plain) {
                *column = fold_column(merge, slab, index)?;
                if column.is_some() {
                    *field = None;
                }
            }
        }
    }
    Ok(MergedColumns { columns, kept: BooleanBuffer::new_set(slab.count) })
}

/// One column of a slab, all of one type.
struct Column<'a> {
    slab: &'a SlabRows<'a>,
    pieces: &'a [Piece<'a>],
    data_type: &'a DataType,
}

impl Column<'_> {
    fn has_nulls(&self) -> bool {
        self.pieces.iter().any(|piece| piece.values.is_nullable())
    }

    /// The value of the newest row.
    fn last(&self) -> Result<ArrayRef> {
        if self.has_nulls() { self.take(self.slab.newest()) } else { self.last_non_null() }
    }

    /// The newest value that is there.
    fn last_non_null(&self) -> Result<ArrayRef> {
        macro_rules! primitive {
            ($t:ty) => {
                return Ok(self.fold::<$t>(<$t as ArrowPrimitiveType>::Native::ZERO, |_, v| v))
            };
        }
        downcast_primitive! {
            self.data_type => (primitive),
            _ if self.has_nulls() => {}
            _ => return self.take(self.slab.newest()),
        }
        let mut rows = vec![None; self.slab.count];
        self.each_row(|group, row, valid| {
            if valid && let Some(newest) = rows.get_mut(group) {
                *newest = Some(row);
            }
        });
        self.take(&UInt32Array::from(rows))
    }

    /// The value of the oldest row, or the oldest value that is there.
    fn first(&self, non_null: bool) -> Result<ArrayRef> {
        let mut rows = vec![None; self.slab.count];
        self.each_row(|group, row, valid| {
            if (valid || !non_null)
                && let Some(oldest @ None) = rows.get_mut(group)
            {
                *oldest = Some(row);
            }
        });
        self.take(&UInt32Array::from(rows))
    }

    fn sum(&self) -> Option<ArrayRef> {
        match self.data_type {
            DataType::Int8 => self.sum_integers::<Int8Type>(),
            DataType::Int16 => self.sum_integers::<Int16Type>(),
            DataType::Int32 => self.sum_integers::<Int32Type>(),
            DataType::Int64 => self.sum_integers::<Int64Type>(),
            // Zero below zero changes no number that is added to it, zeros included.
            DataType::Float32 => Some(self.fold::<Float32Type>(-0.0, |a, b| a + b)),
            DataType::Float64 => Some(self.fold::<Float64Type>(-0.0, |a, b| a + b)),
            DataType::Decimal128(precision, scale) => {
                let decimals = Decimals::new(*precision, *scale);
                let mut fits = true;
                let sums = self.fold::<Decimal128Type>(0, |a, b| {
                    decimals.add(a, b).unwrap_or_else(|| {
                        fits = false;
                        0
                    })
                });
                fits.then_some(sums)
            }
            _ => None,
        }
    }

    fn sum_integers<T: ArrowPrimitiveType>(&self) -> Option<ArrayRef> {
        let mut fits = true;
        let sums = self.fold::<T>(T::Native::ZERO, |a, b| {
            a.add_checked(b).unwrap_or_else(|_| {
                fits = false;
                a
            })
        });
        fits.then_some(sums)
    }

    /// The greatest or the least value.
    fn extreme<const MAX: bool>(&self) -> Option<ArrayRef> {
        macro_rules! by_value {
            ($t:ty) => {{
                type Native = <$t as ArrowPrimitiveType>::Native;
                let start = if MAX { Native::MIN_TOTAL_ORDER } else { Native::MAX_TOTAL_ORDER };
                Some(self.fold::<$t>(start, |a, b| {
                    let beats = if MAX { b > a } else { b < a };
                    if beats { b } else { a }
                }))
            }};
        }
        match self.data_type {
            DataType::Float32 => {
                Some(self.extreme_float::<MAX, Float32Type>(f32::NEG_INFINITY, f32::NAN))
            }
            DataType::Float64 => {
                Some(self.extreme_float::<MAX, Float64Type>(f64::NEG_INFINITY, f64::NAN))
            }
            DataType::Int8 => by_value!(Int8Type),
            DataType::Int16 => by_value!(Int16Type),
            DataType::Int32 => by_value!(Int32Type),
            DataType::Int64 => by_value!(Int64Type),
            DataType::Date32 => by_value!(Date32Type),
            DataType::Time32(TimeUnit::Millisecond) => by_value!(Time32MillisecondType),
            DataType::Timestamp(TimeUnit::Second, _) => by_value!(TimestampSecondType),
            DataType::Timestamp(TimeUnit::Millisecond, _) => by_value!(TimestampMillisecondType),
            DataType::Timestamp(TimeUnit::Microsecond, _) => by_value!(TimestampMicrosecondType),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => by_value!(TimestampNanosecondType),
            DataType::Decimal128(..) => by_value!(Decimal128Type),
            _ => None,
        }
    }

    /// By Java's order; `lowest` and `highest` are its ends.
    fn extreme_float<const MAX: bool, T>(&self, lowest: T::Native, highest: T::Native) -> ArrayRef
    where
        T: ArrowPrimitiveType<Native: Into<f64>>,
    {
        self.fold::<T>(if MAX { lowest } else { highest }, |a, b| {
            let (x, y) = (order(a.into()), order(b.into()));
            let beats = if MAX { y > x } else { y < x };
            if beats { b } else { a }
        })
    }

    /// From `start` on, `step` takes the next newer value that is there.
    #[expect(clippy::indexing_slicing, reason = "hot: group numbers are below the count")]
    fn fold<T: ArrowPrimitiveType>(
        &self,
        start: T::Native,
        mut step: impl FnMut(T::Native, T::Native) -> T::Native,
    ) -> ArrayRef {
        let mut so_far = vec![start; self.slab.count];
        let mut filled = vec![false; if self.has_nulls() { self.slab.count } else { 0 }];
        for Piece { groups, values } in self.pieces {
            let array = values.as_primitive::<T>();
            let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
            match nulls {
                None => {
                    for (group, value) in groups.iter().zip(array.values()) {
                        let so_far = &mut so_far[*group as usize];
                        *so_far = step(*so_far, *value);
                    }
                    if !filled.is_empty() {
                        groups.iter().for_each(|group| filled[*group as usize] = true);
                    }
                }
                Some(nulls) if nulls.null_count() == array.len() => {}
                Some(nulls) => {
                    for row in nulls.valid_indices() {
                        let group = groups[row] as usize;
                        so_far[group] = step(so_far[group], array.value(row));
                        filled[group] = true;
                    }
                }
            }
        }
        let nulls = (!filled.is_empty()).then(|| NullBuffer::from(filled));
        let merged = PrimitiveArray::<T>::new(so_far.into(), nulls);
        Arc::new(merged.with_data_type(self.data_type.clone()))
    }

    /// Visits the rows from the oldest to the newest: group, number over all runs, whether there is a value.
    fn each_row(&self, mut visit: impl FnMut(usize, u32, bool)) {
        let mut first = 0;
        for Piece { groups, values } in self.pieces {
            let nulls = values.logical_nulls();
            for (index, group) in groups.iter().enumerate() {
                let valid = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(index));
                visit(*group as usize, first + index as u32, valid);
            }
            first += groups.len() as u32;
        }
    }

    /// The values of rows, counted over all runs.
    fn take(&self, rows: &UInt32Array) -> Result<ArrayRef> {
        take(&joined(self.pieces)?, rows, None).map_err(mixed)
    }
}

#[cfg(test)]
mod tests;
