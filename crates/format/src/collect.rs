//! Statistics taken from rows as they are written, for formats that keep none (`FullSimpleColStatsCollector.java`):
//! NaN is the greatest number and -0.0 is less than 0.0; bytes and nested columns have a number of nulls only, as in
//! Java up to 1.4.

use crate::ColumnStats;
use crate::arrow_value::value_at;
use crate::stats::Bounds;
use arrow::array::cast::AsArray;
use arrow::array::types::{Float32Type, Float64Type};
use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType as ArrowType;
use rimon_spec::{DataField, DataType, Result};
use std::cmp::Ordering;

/// Statistics of one column so far.
#[derive(Debug)]
pub(crate) struct Collector {
    data_type: DataType,
    bounds: Option<Bounds>,
}

impl Collector {
    pub(crate) fn new(field: &DataField) -> Self {
        Self { data_type: field.data_type.clone(), bounds: None }
    }

    /// Notes the values of `array`, of the column's canonical Arrow type.
    pub(crate) fn note(&mut self, array: &ArrayRef) -> Result<()> {
        let nulls = i64::try_from(array.null_count()).ok();
        let part = if array.data_type().is_nested() || *array.data_type() == ArrowType::Binary {
            Bounds::unknown(nulls)
        } else {
            match extremes(array) {
                Some((min, max)) => {
                    let value = |row| value_at(array.as_ref(), row, &self.data_type);
                    Bounds::known(value(min)?, value(max)?, nulls)
                }
                None => Bounds::no_values(nulls),
            }
        };
        self.bounds = Some(match self.bounds.take() {
            Some(bounds) => bounds.merge(part),
            None => part,
        });
        Ok(())
    }

    /// What goes into the manifest. A file without rows has no nulls.
    pub(crate) fn into_stats(self) -> ColumnStats {
        self.bounds.unwrap_or_else(|| Bounds::no_values(Some(0))).into_stats()
    }
}

/// Rows of the least and the greatest value; `None` when all are null.
fn extremes(array: &ArrayRef) -> Option<(usize, usize)> {
    use arrow::array::types as t;
    use arrow::datatypes::TimeUnit as Unit;
    macro_rules! numbers {
        ($kind:ty) => {{
            let values = array.as_primitive_opt::<$kind>()?.values();
            find(array, |a, b| values.get(a).cmp(&values.get(b)))
        }};
    }
    match array.data_type() {
        ArrowType::Boolean => {
            let values = array.as_boolean_opt()?;
            find(array, |a, b| values.value(a).cmp(&values.value(b)))
        }
        ArrowType::Int8 => numbers!(t::Int8Type),
        ArrowType::Int16 => numbers!(t::Int16Type),
        ArrowType::Int32 => numbers!(t::Int32Type),
        ArrowType::Int64 => numbers!(t::Int64Type),
        ArrowType::Date32 => numbers!(t::Date32Type),
        ArrowType::Time32(_) => numbers!(t::Time32MillisecondType),
        ArrowType::Timestamp(Unit::Millisecond, _) => numbers!(t::TimestampMillisecondType),
        ArrowType::Timestamp(Unit::Microsecond, _) => numbers!(t::TimestampMicrosecondType),
        ArrowType::Timestamp(Unit::Nanosecond, _) => numbers!(t::TimestampNanosecondType),
        ArrowType::Decimal128(..) => numbers!(t::Decimal128Type),
        ArrowType::Float32 => {
            let values = array.as_primitive_opt::<Float32Type>()?;
            find(array, |a, b| floats(values.value(a).into(), values.value(b).into()))
        }
        ArrowType::Float64 => {
            let values = array.as_primitive_opt::<Float64Type>()?;
            find(array, |a, b| floats(values.value(a), values.value(b)))
        }
        ArrowType::Utf8 => {
            let values = array.as_string_opt::<i32>()?;
            find(array, |a, b| values.value(a).cmp(values.value(b)))
        }
        _ => None,
    }
}

/// `Double.compare` of Java: all NaN are the same.
fn floats(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => a.total_cmp(&b),
    }
}

fn find(array: &ArrayRef, compare: impl Fn(usize, usize) -> Ordering) -> Option<(usize, usize)> {
    let mut rows = (0..array.len()).filter(|row| array.is_valid(*row));
    let first = rows.next()?;
    Some(rows.fold((first, first), |(min, max), row| {
        let min = if compare(row, min) == Ordering::Less { row } else { min };
        let max = if compare(row, max) == Ordering::Greater { row } else { max };
        (min, max)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Float64Array;
    use rimon_spec::{TypeKind, Value};
    use std::sync::Arc;

    #[test]
    fn numbers_in_javas_order() {
        let field = DataField::new(0, "x", DataType::new(TypeKind::Double));
        let mut collector = Collector::new(&field);
        let batch = |values: Vec<Option<f64>>| Arc::new(Float64Array::from(values)) as ArrayRef;
        collector.note(&batch(vec![None, Some(0.0), Some(-0.0)])).unwrap();
        collector.note(&batch(vec![None, None])).unwrap();
        let stats = collector.into_stats();
        let Value::Double(min) = stats.min else { panic!("{:?}", stats.min) };
        assert!(min.is_sign_negative());
        assert_eq!(stats.null_count, Some(3));
        let mut collector = Collector::new(&field);
        collector.note(&batch(vec![Some(-f64::NAN), Some(f64::INFINITY)])).unwrap();
        let stats = collector.into_stats();
        assert_eq!(stats.min, Value::Double(f64::INFINITY));
        assert!(matches!(stats.max, Value::Double(max) if max.is_nan()));
    }
}
