//! One value at a time, against what Java's cast executors give.

use super::*;
use crate::arrow_value::{array_of, value_at};
use rimon_spec::{DataField, Decimal, ErrorKind, Timestamp, Value};

fn cast(from: TypeKind, value: Value, to: TypeKind) -> Result<Value> {
    let (from, to) = (DataType::new(from), DataType::new(to));
    let array = array_of(&[Value::Null, value], &from)?;
    let result = Cast::new(&from, &to)?.apply(&array)?;
    assert_eq!(result.data_type(), &to_arrow_type(&to)?);
    assert_eq!(value_at(&result, 0, &to)?, Value::Null);
    value_at(&result, 1, &to)
}

fn check(from: TypeKind, value: Value, to: TypeKind, expected: Value) {
    let got = cast(from.clone(), value.clone(), to.clone()).unwrap();
    assert_eq!(got, expected, "{value:?} as {to:?}");
}

const TEXT: TypeKind = TypeKind::VarChar { length: rimon_spec::MAX_LENGTH };

fn decimal_kind(precision: u8, scale: u8) -> TypeKind {
    TypeKind::Decimal { precision, scale }
}

fn decimal(unscaled: i128, precision: u8, scale: u8) -> Value {
    Value::Decimal(Decimal { unscaled, precision, scale })
}

fn text(s: &str) -> Value {
    Value::String(s.into())
}

fn time(millis: i64, nano_of_milli: i32) -> Value {
    Value::Timestamp(Timestamp { millis, nano_of_milli })
}

#[test]
fn integers_wrap() {
    use TypeKind::{BigInt, Boolean, Int, SmallInt, TinyInt};
    check(BigInt, Value::BigInt(1_234_567_890_123), Int, Value::Int(1_912_276_171));
    check(Int, Value::Int(300), TinyInt, Value::TinyInt(44));
    check(SmallInt, Value::SmallInt(-1), BigInt, Value::BigInt(-1));
    check(Int, Value::Int(-7), Boolean, Value::Boolean(true));
    check(Boolean, Value::Boolean(true), BigInt, Value::BigInt(1));
}

#[test]
fn floating_numbers_are_cut_and_saturate_at_int() {
    use TypeKind::{BigInt, Double, Float, Int, TinyInt};
    check(Double, Value::Double(-2.9), Int, Value::Int(-2));
    check(Double, Value::Double(1e20), Int, Value::Int(i32::MAX));
    check(Double, Value::Double(1e20), BigInt, Value::BigInt(i64::MAX));
    // Through int: the low byte of the greatest int.
    check(Double, Value::Double(1e20), TinyInt, Value::TinyInt(-1));
    check(Float, Value::Float(f32::NAN), Int, Value::Int(0));
    check(BigInt, Value::BigInt(i64::MAX), Float, Value::Float(i64::MAX as f32));
}

#[test]
fn decimals_round_half_up_and_overflow_to_null() {
    use TypeKind::{BigInt, Double, Float, Int, TinyInt};
    let p4s1 = || decimal_kind(4, 1);
    check(decimal_kind(6, 3), decimal(1_250, 6, 3), p4s1(), decimal(13, 4, 1));
    check(decimal_kind(6, 3), decimal(-1_250, 6, 3), p4s1(), decimal(-13, 4, 1));
    check(decimal_kind(6, 3), decimal(1_249, 6, 3), p4s1(), decimal(12, 4, 1));
    check(decimal_kind(9, 0), decimal(1_000, 9, 0), p4s1(), Value::Null);
    check(decimal_kind(38, 38), decimal(1, 38, 38), decimal_kind(1, 0), decimal(0, 1, 0));
    check(Int, Value::Int(12), decimal_kind(30, 3), decimal(12_000, 30, 3));
    check(Int, Value::Int(1_000), p4s1(), Value::Null);
    check(Double, Value::Double(0.15), p4s1(), decimal(2, 4, 1));
    check(Double, Value::Double(-1e-30), p4s1(), decimal(0, 4, 1));
    check(Double, Value::Double(1e300), decimal_kind(38, 0), Value::Null);
    // A FLOAT is taken as the DOUBLE it is, not as its own shortest digits.
    let tenth = 0.100_000_001_490_116_12_f64;
    assert_eq!(f64::from(0.1_f32).to_bits(), tenth.to_bits());
    check(Float, Value::Float(0.1), decimal_kind(20, 18), decimal(100_000_001_490_116_120, 20, 18));
    check(decimal_kind(5, 2), decimal(-299, 5, 2), Int, Value::Int(-2));
    check(decimal_kind(5, 2), decimal(30_000, 5, 2), TinyInt, Value::TinyInt(44));
    check(decimal_kind(38, 0), decimal(1 << 64, 38, 0), BigInt, Value::BigInt(0));
    check(decimal_kind(5, 2), decimal(123, 5, 2), Double, Value::Double(1.23));
    assert!(cast(Double, Value::Double(f64::INFINITY), p4s1()).is_err());
}

#[test]
fn to_text() {
    check(TypeKind::Int, Value::Int(-7), TEXT, text("-7"));
    check(TypeKind::Boolean, Value::Boolean(true), TEXT, text("true"));
    check(decimal_kind(5, 3), decimal(1_500, 5, 3), TEXT, text("1.500"));
    check(TypeKind::Double, Value::Double(0.1), TEXT, text("0.1"));
    check(TypeKind::Int, Value::Int(12_345), TypeKind::Char { length: 3 }, text("123"));
    check(TypeKind::Int, Value::Int(1), TypeKind::Char { length: 3 }, text("1  "));
    check(TypeKind::Date, Value::Date(19_782), TEXT, text("2024-02-29"));
    let ts3 = TypeKind::Timestamp { precision: 3 };
    check(ts3, time(1_704_070_923_456, 0), TEXT, text("2024-01-01 01:02:03.456"));
}

#[test]
fn from_text() {
    use TypeKind::{BigInt, Boolean, Double, Int, SmallInt};
    check(TEXT, text("42"), Int, Value::Int(42));
    check(TEXT, text("+12.99"), Int, Value::Int(12));
    check(TEXT, text("-9223372036854775808"), BigInt, Value::BigInt(i64::MIN));
    check(TEXT, text("Yes"), Boolean, Value::Boolean(true));
    check(TEXT, text(" -1.5e3d"), Double, Value::Double(-1500.0));
    check(TEXT, text("-1.255"), decimal_kind(5, 2), decimal(-126, 5, 2));
    check(TEXT, text("1e2"), decimal_kind(5, 2), decimal(10_000, 5, 2));
    check(TEXT, text("12345"), decimal_kind(5, 2), Value::Null);
    check(TEXT, text("2024-02-29"), TypeKind::Date, Value::Date(19_782));
    check(TEXT, text("5"), TypeKind::Date, Value::Date(5));
    for (bad, to) in [("", Int), ("+", Int), ("1 ", Int), ("40000", SmallInt), ("ja", Boolean)] {
        let error = cast(TEXT, text(bad), to).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{bad:?}");
    }
}

#[test]
fn lengths() {
    let (char4, binary4) = (TypeKind::Char { length: 4 }, TypeKind::Binary { length: 4 });
    check(TEXT, text("äöü€x"), TypeKind::VarChar { length: 4 }, text("äöü€"));
    check(TEXT, text("ä"), char4.clone(), text("ä   "));
    let bytes = || Value::Bytes(vec![1, 2]);
    let any = TypeKind::VarBinary { length: 9 };
    check(any.clone(), bytes(), binary4, Value::Bytes(vec![1, 2, 0, 0]));
    check(any.clone(), bytes(), TypeKind::VarBinary { length: 1 }, Value::Bytes(vec![1]));
    check(any.clone(), Value::Bytes(b"ab".to_vec()), char4, text("ab"));
    check(TEXT, text("ab"), any, Value::Bytes(b"ab".to_vec()));
}

#[test]
fn times() {
    let ts = |precision| TypeKind::Timestamp { precision };
    check(TypeKind::Date, Value::Date(-1), ts(3), time(-86_400_000, 0));
    check(ts(3), time(-1, 0), TypeKind::Time { precision: 3 }, Value::Time(86_399_999));
    check(ts(6), time(-1_500, 1_000), TypeKind::BigInt, Value::BigInt(-1));
    check(TypeKind::Int, Value::Int(-2), ts(0), time(-2_000, 0));
    check(ts(9), time(101, 123_456), ts(7), time(101, 123_400));
    check(ts(9), time(1, 123_456), ts(3), time(1, 0));
    // 1234 ns have four digits, as Java counts.
    check(ts(9), time(0, 1_234), ts(4), time(0, 1_000));
    check(ts(9), time(0, 12_345), ts(4), time(0, 0));
    let long = TypeKind::BigInt;
    check(long, Value::BigInt(i64::MAX), ts(3), time(i64::MAX.wrapping_mul(1_000), 0));
    check(ts(3), time(-1_500, 0), ts(0), time(-1_000, 0));
    check(ts(3), time(-1_500, 0), ts(9), time(-1_500, 0));
    // The year 9999 has no nanoseconds in 64 bits.
    let error = cast(ts(3), time(253_402_300_799_999, 0), ts(9)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[test]
fn a_timestamp_before_1970_is_the_day_towards_1970() {
    for precision in [0, 3, 6, 9] {
        let ts = || TypeKind::Timestamp { precision };
        check(ts(), time(-1_000, 0), TypeKind::Date, Value::Date(0));
        check(ts(), time(-86_400_000, 0), TypeKind::Date, Value::Date(-1));
        check(ts(), time(-86_401_000, 0), TypeKind::Date, Value::Date(-1));
        check(ts(), time(86_399_000, 0), TypeKind::Date, Value::Date(0));
    }
}

#[test]
fn a_timestamp_before_1970_has_a_time_of_the_day() {
    let ts = || TypeKind::Timestamp { precision: 3 };
    let of_day = |millis| Value::Time(millis);
    check(ts(), time(-1_000, 0), TypeKind::Time { precision: 3 }, of_day(86_399_000));
    check(ts(), time(-86_400_000, 0), TypeKind::Time { precision: 3 }, of_day(0));
    check(ts(), time(86_399_000, 0), TypeKind::Time { precision: 3 }, of_day(86_399_000));
}

#[test]
fn what_is_not_done_is_refused_by_name() {
    let zoned = TypeKind::LocalZonedTimestamp { precision: 3 };
    let row = |id| TypeKind::Row(vec![DataField::new(id, "f", DataType::string())]);
    for (from, to) in [
        (zoned.clone(), TEXT),
        (TypeKind::Timestamp { precision: 3 }, zoned),
        (TypeKind::Double, TypeKind::Boolean),
        (TypeKind::Date, TypeKind::Int),
        (TypeKind::Array(Box::new(DataType::string())), TEXT),
        (row(1), TEXT),
        (TypeKind::Variant, TEXT),
    ] {
        let error = Cast::new(&DataType::new(from.clone()), &DataType::new(to)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.message().contains(&kind_name(&from)), "{error}");
    }
}
