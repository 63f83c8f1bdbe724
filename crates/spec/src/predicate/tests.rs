use super::*;
use proptest::prelude::*;

fn tests_of(value: impl Strategy<Value = Value> + Clone + 'static) -> BoxedStrategy<Test> {
    let v = value.clone();
    prop_oneof![
        Just(Test::IsNull),
        Just(Test::IsNotNull),
        v.clone().prop_map(Test::Eq),
        v.clone().prop_map(Test::NotEq),
        v.clone().prop_map(Test::Lt),
        v.clone().prop_map(Test::LtEq),
        v.clone().prop_map(Test::Gt),
        v.clone().prop_map(Test::GtEq),
        prop::collection::vec(v, 0..3).prop_map(Test::In),
    ]
    .boxed()
}

fn predicates() -> impl Strategy<Value = Predicate> {
    let int = (0..6).prop_map(Value::Int);
    let text = "[ab]{0,2}".prop_map(Value::String);
    let double = prop::sample::select(vec![-0.0, 0.0, 1.0, f64::NAN]).prop_map(Value::Double);
    let leaf = prop_oneof![
        tests_of(int).prop_map(|t| Predicate::leaf("i", t)),
        tests_of(text).prop_map(|t| Predicate::leaf("s", t)),
        tests_of(double).prop_map(|t| Predicate::leaf("d", t)),
        "[ab]{0,2}".prop_map(|p| Predicate::leaf("s", Test::StartsWith(p))),
        Just(Predicate::True),
        Just(Predicate::False),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Predicate::and),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Predicate::or),
            inner.prop_map(|p| Predicate::Not(Box::new(p))),
        ]
    })
}

type Row = (Option<i32>, Option<String>, Option<f64>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let double = prop::sample::select(vec![-0.0, 0.0, 1.0, f64::NAN]);
    prop::collection::vec(
        (prop::option::of(0..6), prop::option::of("[ab]{0,3}"), prop::option::of(double)),
        0..5,
    )
}

fn value((i, s, d): &Row, column: &str) -> Value {
    match column {
        "i" => i.map_or(Value::Null, Value::Int),
        "s" => s.clone().map_or(Value::Null, Value::String),
        _ => d.map_or(Value::Null, Value::Double),
    }
}

/// As a writer keeps them: NaN is left out.
fn stats(rows: &[Row], column: &str) -> ColumnStats {
    let values: Vec<_> = rows.iter().map(|r| value(r, column)).collect();
    let nulls = values.iter().filter(|v| v.is_null()).count() as i64;
    let mut rest: Vec<_> = values
        .into_iter()
        .filter(|v| !v.is_null() && !matches!(v, Value::Double(d) if d.is_nan()))
        .collect();
    rest.sort_by(Value::compare);
    ColumnStats {
        min: rest.first().cloned().unwrap_or(Value::Null),
        max: rest.last().cloned().unwrap_or(Value::Null),
        null_count: Some(nulls),
        row_count: Some(rows.len() as i64),
    }
}

proptest! {
    #[test]
    fn pruning_keeps_every_row_that_passes(p in predicates(), rows in rows()) {
        let passes = |r: &Row| p.eval(&|c| value(r, c)) == Some(true);
        if rows.iter().any(passes) {
            prop_assert!(p.may_match(&|c| Some(stats(&rows, c))), "{p}");
            prop_assert!(p.may_match(&|_| None));
        }
    }

    #[test]
    fn the_rest_passes_the_rows_that_the_whole_passes(p in predicates(), rows in rows()) {
        for r in &rows {
            let rest = p.given(&|c| (c != "s").then(|| value(r, c)));
            prop_assert!(rest.columns().into_iter().all(|c| c == "s"));
            let passes = |p: &Predicate| p.eval(&|c| value(r, c)) == Some(true);
            prop_assert_eq!(passes(&p), passes(&rest), "{} and {}", &p, &rest);
        }
    }

    #[test]
    fn parts_of_a_split_mean_the_whole(p in predicates(), rows in rows()) {
        let (inside, outside) = p.clone().split_by_columns(&|c| c == "i");
        prop_assert!(inside.columns().into_iter().all(|c| c == "i"));
        for r in &rows {
            let eval = |p: &Predicate| p.eval(&|c| value(r, c)) == Some(true);
            prop_assert_eq!(eval(&p), eval(&inside) && eval(&outside));
            if let Some(literals) = p.equal_literals("i") && eval(&p) {
                prop_assert!(literals.iter().any(|l| l.compare(&value(r, "i")).is_eq()));
            }
        }
    }
}

#[test]
fn zeros_have_an_order_in_conditions_and_none_in_statistics() {
    for (zero, other) in
        [(Value::Double(-0.0), Value::Double(0.0)), (Value::Float(-0.0), Value::Float(0.0))]
    {
        let holds = |test: Test, value: &Value| test.eval(value) == Some(true);
        assert!(holds(Test::Lt(other.clone()), &zero) && !holds(Test::Eq(other.clone()), &zero));
        assert!(holds(Test::Gt(zero.clone()), &other) && holds(Test::Eq(other.clone()), &other));
        // whichever of the two a writer kept
        for kept in [&zero, &other] {
            let stats = ColumnStats {
                min: kept.clone(),
                max: kept.clone(),
                null_count: Some(0),
                row_count: Some(2),
            };
            for test in [Test::Lt, Test::Gt, Test::Eq, Test::NotEq] {
                for literal in [&zero, &other] {
                    let leaf = Predicate::leaf("f", test(literal.clone()));
                    assert!(leaf.may_match(&|_| Some(stats.clone())), "{leaf} of {kept:?}");
                    let not = Predicate::Not(Box::new(leaf));
                    assert!(not.may_match(&|_| Some(stats.clone())), "{not} of {kept:?}");
                }
            }
        }
    }
}

#[test]
fn statistics_rule_out() {
    let s = |min, max| ColumnStats {
        min: Value::Int(min),
        max: Value::Int(max),
        null_count: Some(0),
        row_count: Some(3),
    };
    let rules_out = |test: Test, stats: ColumnStats| {
        !Predicate::leaf("i", test).may_match(&|_| Some(stats.clone()))
    };
    assert!(rules_out(Test::Eq(Value::Int(5)), s(1, 4)));
    assert!(rules_out(Test::Gt(Value::Int(4)), s(1, 4)));
    assert!(rules_out(Test::Lt(Value::Int(1)), s(1, 4)));
    assert!(rules_out(Test::NotEq(Value::Int(4)), s(4, 4)));
    assert!(rules_out(Test::In(vec![Value::Int(0), Value::Int(9)]), s(1, 4)));
    assert!(rules_out(Test::IsNull, s(1, 4)));
    assert!(!rules_out(Test::Eq(Value::BigInt(9)), s(1, 4)), "other types are unknown");
    let nulls =
        ColumnStats { min: Value::Null, max: Value::Null, null_count: Some(3), row_count: Some(3) };
    assert!(rules_out(Test::Eq(Value::Int(1)), nulls.clone()));
    assert!(rules_out(Test::IsNotNull, nulls));
    let not = Predicate::Not(Box::new(Predicate::leaf("i", Test::Gt(Value::Int(0)))));
    assert!(!not.may_match(&|_| Some(s(1, 4))));
}

#[test]
fn null_stays_null_under_not() {
    let p = Predicate::leaf("i", Test::Eq(Value::Int(1)));
    assert_eq!(Predicate::Not(Box::new(p.clone())).eval(&|_| Value::Null), None);
    let either = Predicate::or(vec![p.clone(), Predicate::leaf("i", Test::IsNull)]);
    assert_eq!(either.eval(&|_| Value::Null), Some(true));
    assert_eq!(either.to_string(), "(i = 1 OR i IS NULL)");
    assert_eq!(Predicate::and(vec![p, Predicate::False]), Predicate::False);
}
