use datafusion::prelude::{col, lit};
use indexmap::IndexMap;
use rimon_spec::{DataField, DataType};

use super::*;

fn schema() -> TableSchema {
    let fields = [
        ("dt", DataType::string()),
        ("id", DataType::new(TypeKind::BigInt)),
        ("x", DataType::new(TypeKind::Double)),
        ("ok", DataType::new(TypeKind::Boolean)),
    ];
    TableSchema {
        version: 3,
        id: 0,
        fields: (0..).zip(fields).map(|(i, (n, t))| DataField::new(i, n, t)).collect(),
        highest_field_id: 3,
        partition_keys: vec!["dt".into()],
        primary_keys: vec![],
        options: IndexMap::new(),
        comment: None,
        time_millis: 0,
    }
}

fn id_is(test: Test) -> Predicate {
    Predicate::leaf("id", test)
}

#[test]
fn comparisons_either_way_round() {
    let s = schema();
    let right = convert(&col("id").gt(lit(3i64)), &s).unwrap();
    let left = convert(&lit(3i64).lt(col("id")), &s).unwrap();
    assert_eq!(right, left);
    assert_eq!(right, Converted::exact(id_is(Test::Gt(Value::BigInt(3)))));
}

#[test]
fn what_is_not_of_the_columns_type_is_left_out() {
    let s = schema();
    assert_eq!(convert(&col("id").gt(lit(3i32)), &s), None);
    assert_eq!(convert(&col("x").eq(lit(0.0f64)), &s), None);
    assert_eq!(convert(&col("missing").eq(lit(1i64)), &s), None);
}

#[test]
fn a_part_of_an_and_is_weaker_and_an_or_needs_all() {
    let s = schema();
    let known = col("id").eq(lit(1i64));
    let unknown = col("id").eq(col("x"));
    let and = convert(&known.clone().and(unknown.clone()), &s).unwrap();
    assert_eq!(and, Converted { predicate: id_is(Test::Eq(Value::BigInt(1))), exact: false });
    assert_eq!(convert(&known.clone().or(unknown.clone()), &s), None);
    let not = Expr::Not(Box::new(known.and(unknown)));
    assert_eq!(convert(&not, &s), None, "the opposite of a weaker condition is not weaker");
}

#[test]
fn only_partition_conditions_are_exact() {
    let s = schema();
    let on_partition = col("dt").eq(lit("a"));
    assert!(is_exact_on_partitions(&on_partition, &s));
    assert!(is_exact_on_partitions(&on_partition.clone().or(col("dt").is_null()), &s));
    assert!(!is_exact_on_partitions(&on_partition.and(col("id").eq(lit(1i64))), &s));
    assert!(!is_exact_on_partitions(&col("dt").eq(col("dt")), &s));
}

#[test]
fn like_with_a_prefix() {
    let s = schema();
    let prefix = Predicate::leaf("dt", Test::StartsWith("ab".into()));
    let like = |p: &str| convert(&col("dt").like(lit(p)), &s);
    assert_eq!(like("ab%"), Some(Converted { predicate: prefix.clone(), exact: true }));
    assert_eq!(like("ab%c"), Some(Converted { predicate: prefix, exact: false }));
    assert_eq!(like("%ab"), None);
}

#[test]
fn a_comparison_with_null_is_never_true() {
    let s = schema();
    let never = convert(&col("id").eq(lit(ScalarValue::Int64(None))), &s).unwrap();
    assert_eq!(never.predicate, Predicate::False);
    let not = Expr::Not(Box::new(col("id").eq(lit(ScalarValue::Int64(None)))));
    assert_eq!(convert(&not, &s), None, "its opposite is never true either");
}

#[test]
fn what_treats_null_otherwise_has_no_opposite() {
    let s = schema();
    let known = col("id").eq(lit(1i64));
    let not = |inner: Expr| convert(&Expr::Not(Box::new(inner)), &s);
    assert!(not(known.clone()).is_some());
    assert_eq!(not(Expr::IsTrue(Box::new(known))), None);
    assert_eq!(not(lit(ScalarValue::Boolean(None))), None);
    let null = lit(ScalarValue::Int64(None));
    assert_eq!(not(col("id").between(null, lit(5i64))), None);
}
