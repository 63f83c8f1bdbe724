use super::*;

#[test]
fn sql_text_round_trips_as_java_writes_it() {
    let texts = [
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INT",
        "BIGINT",
        "FLOAT",
        "DOUBLE",
        "DECIMAL(10, 2)",
        "DATE",
        "TIME(3)",
        "TIMESTAMP(6)",
        "TIMESTAMP(3) WITH LOCAL TIME ZONE",
        "CHAR(5)",
        "VARCHAR(7)",
        "STRING",
        "BINARY(9)",
        "VARBINARY(10)",
        "BYTES",
        "VARIANT",
        "BLOB",
        "ARRAY<INT NOT NULL>",
        "MAP<STRING, ARRAY<BIGINT>>",
        "MULTISET<STRING>",
        "VECTOR<FLOAT, 3>",
        "ROW<`a` INT COMMENT 'it''s', `b c` STRING NOT NULL>",
        "GEOMETRY('OGC:CRS84')",
    ];
    for text in texts {
        let parsed: DataType = text.parse().unwrap();
        assert_eq!(parsed.to_string(), text);
        assert!(parsed.nullable);
        let not_null: DataType = format!("{text} NOT NULL").parse().unwrap();
        assert_eq!(not_null.to_string(), format!("{text} NOT NULL"));
        assert_eq!(DataType::from_json(&not_null.to_json()).unwrap(), not_null);
    }
}

#[test]
fn other_spellings_are_understood() {
    for (text, canonical) in [
        ("integer", "INT"),
        ("dec", "DECIMAL(10, 0)"),
        ("NUMERIC(5)", "DECIMAL(5, 0)"),
        ("double precision not null", "DOUBLE NOT NULL"),
        ("timestamp", "TIMESTAMP(6)"),
        ("TIMESTAMP(3) WITHOUT TIME ZONE", "TIMESTAMP(3)"),
        ("TIMESTAMP_LTZ(3)", "TIMESTAMP(3) WITH LOCAL TIME ZONE"),
        ("time", "TIME(0)"),
        ("varchar", "VARCHAR(1)"),
        ("INT NOT NULL ARRAY NULL", "ARRAY<INT NOT NULL>"),
        ("INT MULTISET NOT NULL", "MULTISET<INT> NOT NULL"),
        ("VARCHAR(2147483647)", "STRING"),
    ] {
        assert_eq!(text.parse::<DataType>().unwrap().to_string(), canonical, "{text}");
    }
}

#[test]
fn what_is_not_a_type_is_refused() {
    for text in [
        "",
        "INTT",
        "DECIMAL(39, 0)",
        "DECIMAL(5, 6)",
        "TIMESTAMP(10)",
        "CHAR(0)",
        "INT INT",
        "VARCHAR(99999999999)",
        "ARRAY<INT",
        "ROW<a>",
        "MAP<INT>",
        "'INT'",
        "`a",
    ] {
        let error = text.parse::<DataType>().unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Invalid, "{text}");
    }
    let deep = "ARRAY<".repeat(10_000);
    assert!(deep.parse::<DataType>().is_err());
}

#[test]
fn nested_ids_are_drawn_child_first() {
    let row: DataType = "ROW<x INT, y ROW<z INT>>".parse().unwrap();
    let mut highest = 1;
    let row = reassign_ids(&row, &mut highest);
    let TypeKind::Row(fields) = &row.kind else { panic!() };
    assert_eq!((fields[0].id, fields[1].id), (2, 4));
    let TypeKind::Row(inner) = &fields[1].data_type.kind else { panic!() };
    assert_eq!(inner[0].id, 3);
    assert_eq!(highest, 4);
    assert_eq!(highest_id(fields), 4);
}

#[test]
fn casts_follow_java() {
    let cast = |from: &str, to: &str| {
        let (from, to): (DataType, DataType) = (from.parse().unwrap(), to.parse().unwrap());
        (from.cast_support(&to), from.can_become(&to, true))
    };
    assert_eq!(cast("INT", "BIGINT"), (CastSupport::Implicit, true));
    assert_eq!(cast("BIGINT", "INT"), (CastSupport::Explicit, true));
    assert_eq!(cast("INT", "INT NOT NULL"), (CastSupport::Identity, true));
    assert_eq!(cast("STRING", "DATE"), (CastSupport::Explicit, true));
    assert_eq!(cast("DATE", "INT"), (CastSupport::None, false));
    assert_eq!(cast("TIMESTAMP(3)", "TIMESTAMP(6)"), (CastSupport::Implicit, true));
    assert_eq!(cast("TIMESTAMP(3)", "SMALLINT"), (CastSupport::Explicit, false));
    assert_eq!(cast("INT", "TIMESTAMP(3)"), (CastSupport::Explicit, true));
    assert_eq!(cast("DATE", "STRING"), (CastSupport::Explicit, true));
    assert_eq!(cast("DATE", "VARCHAR(20)"), (CastSupport::Explicit, false));
    assert_eq!(cast("SMALLINT", "TIMESTAMP(3)"), (CastSupport::Explicit, false));
    assert_eq!(cast("DOUBLE", "TIMESTAMP(3)"), (CastSupport::Explicit, false));
    assert_eq!(cast("DECIMAL(9, 2)", "TIMESTAMP(3)"), (CastSupport::Explicit, false));
    assert_eq!(cast("ARRAY<INT>", "STRING"), (CastSupport::Explicit, true));
    assert_eq!(cast("ARRAY<INT>", "ARRAY<BIGINT>"), (CastSupport::None, false));
    assert_eq!(cast("BYTES", "STRING"), (CastSupport::Explicit, true));
    let (a, b) = ("BIGINT".parse::<DataType>().unwrap(), "INT".parse::<DataType>().unwrap());
    assert!(!a.can_become(&b, false));
}
