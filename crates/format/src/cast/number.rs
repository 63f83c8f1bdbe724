//! BOOLEAN, integers and floating numbers among themselves: Java's narrowing and widening of primitives.

use super::{Kernel, wrong_array};
use arrow::array::cast::AsArray;
use arrow::array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use arrow::array::{Array, ArrayRef, BooleanArray, PrimitiveArray};
use arrow::datatypes::DataType as ArrowType;
use rimon_spec::{DataType, Result, TypeKind};
use std::sync::Arc;

pub(super) fn cast(from: &DataType, to: &DataType) -> Option<Kernel> {
    let floating = matches!(from.kind, TypeKind::Float | TypeKind::Double);
    match &to.kind {
        // Java has no rule from floating numbers to BOOLEAN.
        TypeKind::Boolean if floating => None,
        TypeKind::Boolean => Some(Arc::new(to_boolean)),
        TypeKind::TinyInt => Some(Arc::new(to_number::<Int8Type>)),
        TypeKind::SmallInt => Some(Arc::new(to_number::<Int16Type>)),
        TypeKind::Int => Some(Arc::new(to_number::<Int32Type>)),
        TypeKind::BigInt => Some(Arc::new(to_number::<Int64Type>)),
        TypeKind::Float => Some(Arc::new(to_number::<Float32Type>)),
        TypeKind::Double => Some(Arc::new(to_number::<Float64Type>)),
        _ => None,
    }
}

/// Java's conversions to a primitive: `byteValue()` and `shortValue()` of a floating number go through `int`.
pub(super) trait FromJava: ArrowPrimitiveType {
    fn from_long(value: i64) -> Self::Native;
    fn from_float(value: f32) -> Self::Native;
    fn from_double(value: f64) -> Self::Native;
}

macro_rules! from_java {
    ($arrow:ty, $native:ty, $through:ty) => {
        #[expect(
            clippy::allow_attributes,
            reason = "one macro for casts that need it and casts that do not"
        )]
        #[allow(clippy::unnecessary_cast)]
        impl FromJava for $arrow {
            fn from_long(value: i64) -> $native {
                value as $native
            }
            fn from_float(value: f32) -> $native {
                (value as $through) as $native
            }
            fn from_double(value: f64) -> $native {
                (value as $through) as $native
            }
        }
    };
}
from_java!(Int8Type, i8, i32);
from_java!(Int16Type, i16, i32);
from_java!(Int32Type, i32, i32);
from_java!(Int64Type, i64, i64);
from_java!(Float32Type, f32, f32);
from_java!(Float64Type, f64, f64);

fn to_number<T: FromJava>(array: &ArrayRef) -> Result<ArrayRef> {
    let result: PrimitiveArray<T> = match array.data_type() {
        ArrowType::Int8 => array.as_primitive::<Int8Type>().unary(|v| T::from_long(v.into())),
        ArrowType::Int16 => array.as_primitive::<Int16Type>().unary(|v| T::from_long(v.into())),
        ArrowType::Int32 => array.as_primitive::<Int32Type>().unary(|v| T::from_long(v.into())),
        ArrowType::Int64 => array.as_primitive::<Int64Type>().unary(T::from_long),
        ArrowType::Float32 => array.as_primitive::<Float32Type>().unary(T::from_float),
        ArrowType::Float64 => array.as_primitive::<Float64Type>().unary(T::from_double),
        ArrowType::Boolean => {
            let one = |b: Option<bool>| b.map(|b| T::from_long(i64::from(b)));
            array.as_boolean().iter().map(one).collect()
        }
        _ => return Err(wrong_array(array)),
    };
    Ok(Arc::new(result))
}

fn to_boolean(array: &ArrayRef) -> Result<ArrayRef> {
    fn of<T: ArrowPrimitiveType>(array: &ArrayRef) -> BooleanArray
    where
        T::Native: Default + PartialEq,
    {
        BooleanArray::from_unary(array.as_primitive::<T>(), |v| v != T::Native::default())
    }
    Ok(Arc::new(match array.data_type() {
        ArrowType::Int8 => of::<Int8Type>(array),
        ArrowType::Int16 => of::<Int16Type>(array),
        ArrowType::Int32 => of::<Int32Type>(array),
        ArrowType::Int64 => of::<Int64Type>(array),
        _ => return Err(wrong_array(array)),
    }))
}
