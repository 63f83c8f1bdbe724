use super::*;
use crate::{DataType, ErrorKind, TypeKind};
use proptest::prelude::*;

fn types() -> Vec<DataType> {
    [
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INT",
        "BIGINT",
        "FLOAT",
        "DOUBLE",
        "DECIMAL(10, 2)",
        "DECIMAL(38, 10)",
        "DATE",
        "TIME(3)",
        "TIMESTAMP(3)",
        "TIMESTAMP(9)",
        "TIMESTAMP(6) WITH LOCAL TIME ZONE",
        "STRING",
        "BYTES",
    ]
    .iter()
    .map(|t| t.parse().unwrap())
    .collect()
}

fn value_of(data_type: &DataType) -> BoxedStrategy<Value> {
    let some = match data_type.kind.clone() {
        TypeKind::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        TypeKind::TinyInt => any::<i8>().prop_map(Value::TinyInt).boxed(),
        TypeKind::SmallInt => any::<i16>().prop_map(Value::SmallInt).boxed(),
        TypeKind::Int => any::<i32>().prop_map(Value::Int).boxed(),
        TypeKind::BigInt => any::<i64>().prop_map(Value::BigInt).boxed(),
        TypeKind::Float => any::<f32>().prop_map(Value::Float).boxed(),
        TypeKind::Double => any::<f64>().prop_map(Value::Double).boxed(),
        TypeKind::Date => any::<i32>().prop_map(Value::Date).boxed(),
        TypeKind::Time { .. } => (0..86_400_000).prop_map(Value::Time).boxed(),
        TypeKind::Decimal { precision, scale } => {
            let limit = 10_i128.pow(u32::from(precision)) - 1;
            (-limit..=limit)
                .prop_map(move |unscaled| Value::Decimal(Decimal { unscaled, precision, scale }))
                .boxed()
        }
        TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision } => {
            (any::<i64>(), 0..1_000_000)
                .prop_map(move |(millis, nano)| {
                    let nano_of_milli = if precision <= 3 { 0 } else { nano };
                    Value::Timestamp(Timestamp { millis, nano_of_milli })
                })
                .boxed()
        }
        TypeKind::VarChar { .. } => any::<String>().prop_map(Value::String).boxed(),
        _ => any::<Vec<u8>>().prop_map(Value::Bytes).boxed(),
    };
    prop_oneof![1 => Just(Value::Null), 4 => some].boxed()
}

fn rows() -> impl Strategy<Value = (Vec<DataType>, Vec<Value>)> {
    prop::collection::vec(prop::sample::select(types()), 0..12).prop_flat_map(|types| {
        let values: Vec<_> = types.iter().map(value_of).collect();
        (Just(types), values)
    })
}

proptest! {
    #[test]
    fn rows_round_trip((types, values) in rows()) {
        let row = BinaryRow::encode(&types, &values).unwrap();
        let framed = BinaryRow::from_framed(&row.to_framed()).unwrap();
        prop_assert_eq!(&framed, &row);
        prop_assert_eq!(row.as_bytes().len() % 8, 0);
        let back = framed.decode(&types).unwrap();
        // Debug text: NaN equals itself there.
        prop_assert_eq!(format!("{back:?}"), format!("{values:?}"));
        let again = BinaryRow::encode(&types, &back).unwrap();
        prop_assert_eq!(again.hash_code(), row.hash_code());
    }

    #[test]
    fn wrong_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), types in prop::collection::vec(prop::sample::select(types()), 0..12)) {
        if let Ok(row) = BinaryRow::from_framed(&bytes)
            && let Err(e) = row.decode(&types) {
            prop_assert_eq!(e.kind(), ErrorKind::Corrupt);
        }
    }

    #[test]
    fn flipped_bits_never_panic((types, values) in rows(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut bytes = BinaryRow::encode(&types, &values).unwrap().to_framed();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(row) = BinaryRow::from_framed(&bytes) {
            let _ = row.decode(&types);
        }
    }

    #[test]
    fn order_is_total(a in value_of(&"DOUBLE".parse().unwrap()), b in value_of(&"DOUBLE".parse().unwrap()), c in value_of(&"DOUBLE".parse().unwrap())) {
        prop_assert_eq!(a.compare(&b), b.compare(&a).reverse());
        if a.compare(&b).is_le() && b.compare(&c).is_le() {
            prop_assert!(a.compare(&c).is_le());
        }
    }

    #[test]
    fn dates_round_trip(days in -1_000_000_i64..4_000_000) {
        let (y, m, d) = calendar::civil_from_days(days);
        prop_assert_eq!(calendar::days_from_civil(y, m, d), days);
        prop_assert!(d >= 1 && d <= calendar::days_in_month(y, m));
    }

    #[test]
    fn text_of_scalars_is_read_back(v in value_of(&"DECIMAL(38, 10)".parse().unwrap()), days in 0..2_932_896, f in any::<f64>()) {
        let t: DataType = "DECIMAL(38, 10)".parse().unwrap();
        if !v.is_null() {
            prop_assert_eq!(Value::parse(&v.to_sql_string(&t), &t).unwrap(), v);
        }
        let t: DataType = "DATE".parse().unwrap();
        prop_assert_eq!(Value::parse(&Value::Date(days).to_sql_string(&t), &t).unwrap(), Value::Date(days));
        if f.is_finite() {
            let t: DataType = "DOUBLE".parse().unwrap();
            prop_assert_eq!(Value::parse(&Value::Double(f).to_sql_string(&t), &t).unwrap(), Value::Double(f));
        }
    }
}

#[test]
fn layout_is_java_s() {
    let types: Vec<DataType> = ["INT NOT NULL", "STRING", "DECIMAL(20, 2)", "TIMESTAMP(6)"]
        .map(|t| t.parse().unwrap())
        .into();
    let row = BinaryRow::encode(
        &types,
        &[Value::Int(1), Value::String("abc".into()), Value::Null, Value::Null],
    )
    .unwrap();
    let mut expected = vec![0, 0b1100, 0, 0, 0, 0, 0, 0];
    expected.extend(1_i64.to_le_bytes());
    expected.extend([b'a', b'b', b'c', 0, 0, 0, 0, 0x83]);
    // Nulls beyond the compact precisions keep their offsets and their reserved bytes.
    expected.extend((40_u64 << 32).to_le_bytes());
    expected.extend((56_u64 << 32).to_le_bytes());
    expected.extend([0; 24]);
    assert_eq!(row.as_bytes(), expected);
    assert_eq!(BinaryRow::empty().to_framed(), [0; 12]);
}

#[test]
fn absurd_frames_are_corrupt() {
    for bytes in [&[][..], &[0, 0, 0], &[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0], &[0xff; 12]] {
        assert_eq!(BinaryRow::from_framed(bytes).unwrap_err().kind(), ErrorKind::Corrupt);
    }
}

#[test]
fn values_of_other_types_are_refused() {
    let int: DataType = "INT".parse().unwrap();
    let decimal: DataType = "DECIMAL(3, 1)".parse().unwrap();
    assert!(BinaryRow::encode(std::slice::from_ref(&int), &[Value::BigInt(1)]).is_err());
    assert!(BinaryRow::encode(std::slice::from_ref(&int), &[]).is_err());
    let wide = Value::Decimal(Decimal { unscaled: 1000, precision: 3, scale: 1 });
    assert!(BinaryRow::encode(&[decimal], &[wide]).is_err());
}

#[test]
fn text_is_java_s() {
    let text = |v: Value, t: &str| v.to_sql_string(&t.parse().unwrap());
    assert_eq!(text(Value::Double(1.0), "DOUBLE"), "1.0");
    assert_eq!(text(Value::Double(1e7), "DOUBLE"), "1.0E7");
    assert_eq!(text(Value::Double(0.001), "DOUBLE"), "0.001");
    assert_eq!(text(Value::Double(-1.5e-4), "DOUBLE"), "-1.5E-4");
    assert_eq!(text(Value::Double(-0.0), "DOUBLE"), "-0.0");
    assert_eq!(text(Value::Double(123456.75), "DOUBLE"), "123456.75");
    assert_eq!(text(Value::Float(3.4028235e38), "FLOAT"), "3.4028235E38");
    assert_eq!(text(Value::Date(0), "DATE"), "1970-01-01");
    assert_eq!(text(Value::Date(-719_162), "DATE"), "0001-01-01");
    assert_eq!(text(Value::Time(45_296_120), "TIME(3)"), "12:34:56.12");
    assert_eq!(text(Value::Time(0), "TIME(3)"), "00:00:00.0");
    assert_eq!(text(Value::Time(1000), "TIME(0)"), "00:00:01");
    let t = Value::Timestamp(Timestamp { millis: 1_704_067_200_123, nano_of_milli: 456_000 });
    assert_eq!(text(t.clone(), "TIMESTAMP(3)"), "2024-01-01 00:00:00.123456");
    assert_eq!(text(t.clone(), "TIMESTAMP(9)"), "2024-01-01 00:00:00.123456000");
    assert_eq!(t.to_java_string().unwrap(), "2024-01-01T00:00:00.123456");
    let t = Value::Timestamp(Timestamp::from_millis(1_704_067_200_000));
    assert_eq!(text(t.clone(), "TIMESTAMP(0)"), "2024-01-01 00:00:00");
    assert_eq!(t.to_java_string().unwrap(), "2024-01-01T00:00");
    let before = Value::Timestamp(Timestamp::from_micros(-1));
    assert_eq!(text(before, "TIMESTAMP(6)"), "1969-12-31 23:59:59.999999");
    let d = |unscaled, scale| Decimal { unscaled, precision: 38, scale }.to_string();
    assert_eq!((d(-5, 2), d(1234, 2), d(7, 0)), ("-0.05".into(), "12.34".into(), "7".into()));
}

#[test]
fn text_is_parsed_as_java_does() {
    let parse = |s: &str, t: &str| Value::parse(s, &t.parse().unwrap());
    assert_eq!(parse("YES", "BOOLEAN").unwrap(), Value::Boolean(true));
    assert_eq!(parse("2024-2-29", "DATE").unwrap(), Value::Date(19_782));
    assert_eq!(parse("10:00:00.5", "TIME(3)").unwrap(), Value::Time(36_000_500));
    let expected = Value::Timestamp(Timestamp { millis: 1_500, nano_of_milli: 0 });
    assert_eq!(parse("1970-01-01T00:00:01.5009", "TIMESTAMP(3)").unwrap(), expected);
    let one = Decimal { unscaled: 126, precision: 5, scale: 2 };
    assert_eq!(parse("1.255", "DECIMAL(5, 2)").unwrap(), Value::Decimal(one));
    let hundred = Decimal { unscaled: 10_000, precision: 5, scale: 2 };
    assert_eq!(parse("1e2", "DECIMAL(5, 2)").unwrap(), Value::Decimal(hundred));
    for (s, t) in [
        ("2023-02-29", "DATE"),
        ("x", "INT"),
        ("128", "TINYINT"),
        ("maybe", "BOOLEAN"),
        ("12345.6", "DECIMAL(5, 2)"),
        ("abc", "VARCHAR(2)"),
        ("2024-01-01 25:00:00", "TIMESTAMP(3)"),
        ("[1]", "ARRAY<INT>"),
        ("1e999999999", "DECIMAL(5, 2)"),
    ] {
        assert!(parse(s, t).is_err(), "{s} {t}");
    }
}

#[test]
fn decimals_compare_across_scales() {
    let d = |unscaled, scale| Decimal { unscaled, precision: 38, scale };
    assert!(d(15, 1).compare(&d(149, 2)).is_gt());
    assert!(d(i128::MAX / 2, 0).compare(&d(1, 38)).is_gt());
    assert!(d(1, 38).compare(&d(i128::MIN / 2, 0)).is_gt());
    assert_eq!(d(125, 2).rescale(5, 1).unwrap().unscaled, 13);
    assert_eq!(d(-125, 2).rescale(5, 1).unwrap().unscaled, -13);
    assert!(d(999, 1).rescale(2, 0).is_none());
}
