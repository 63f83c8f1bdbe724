//! Rows that cannot be written: the error says which column and kind, nothing is committed, and the writer can go on.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Decimal128Array, Int8Array, Int32Array, RecordBatch, StringArray,
};
use arrow::datatypes::{Field, Schema};
use futures::TryStreamExt;
use rimon_spec::{DataType, ErrorKind, TypeKind};

use crate::commit::tests::fixture::Make;
use crate::commit::{BATCH_COMMIT, CommitOutcome};
use crate::table::Table;

/// A table with a key and a column of each kind that has a limit.
fn make() -> Make {
    let columns = vec![
        ("id", DataType::not_null(TypeKind::Int)),
        ("d", DataType::new(TypeKind::Decimal { precision: 4, scale: 1 })),
        ("vc", DataType::new(TypeKind::VarChar { length: 3 })),
        ("c", DataType::new(TypeKind::Char { length: 3 })),
        ("vb", DataType::new(TypeKind::VarBinary { length: 3 })),
        ("b", DataType::new(TypeKind::Binary { length: 3 })),
        ("small", DataType::new(TypeKind::TinyInt)),
        ("must", DataType::not_null(TypeKind::Int)),
    ];
    let options = vec![("bucket", "2")];
    Make { columns, primary_keys: vec!["id"], options, ..Make::default() }
}

fn engine(engine: &'static str) -> Make {
    make().with("merge-engine", engine)
}

type Columns = Vec<(&'static str, ArrayRef)>;

fn numbers(values: impl Into<Int32Array>) -> ArrayRef {
    Arc::new(values.into())
}

/// A row with `column` in place of the good one, or beside them.
fn row_with(name: &'static str, column: ArrayRef) -> Columns {
    let good = [("id", numbers(vec![1])), ("must", numbers(vec![1]))];
    let mut columns: Columns = good.into_iter().filter(|(n, _)| *n != name).collect();
    columns.push((name, column));
    columns
}

fn batch(columns: &Columns) -> RecordBatch {
    let fields: Vec<Field> =
        columns.iter().map(|(n, c)| Field::new(*n, c.data_type().clone(), true)).collect();
    let arrays = columns.iter().map(|(_, c)| c.clone()).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

async fn rows(table: &Table) -> usize {
    let read: Vec<_> = table.scan().stream().await.unwrap().try_collect().await.unwrap();
    read.iter().map(RecordBatch::num_rows).sum()
}

/// Refused with all of `words`; then a good row is written alone.
async fn refuse(make: Make, columns: Columns, kind: Option<i8>, words: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let table = make.table(&dir).await;
    let mut writer = table.writer("u").build().unwrap();
    let bad = batch(&columns);
    let error = match kind {
        Some(kind) => {
            let kinds = Int8Array::from(vec![kind; bad.num_rows()]);
            writer.write_with_kinds(bad, kinds).await
        }
        None => writer.write(bad).await,
    };
    let error = error.expect_err(&format!("{words:?}"));
    assert_eq!(error.kind(), ErrorKind::Invalid, "{words:?}: {error:?}");
    let text = format!("{error} {:?}", error.context());
    for word in words.iter().chain(&["db.t"]) {
        assert!(text.contains(word), "{word} is not in: {text}");
    }
    let mut good = row_with("id", numbers(vec![7]));
    if table.options().rowkind_field.is_some() {
        good.push(("vc", Arc::new(StringArray::from(vec!["+I"]))));
    }
    writer.write(batch(&good)).await.unwrap();
    let messages = writer.prepare_commit(BATCH_COMMIT).await.unwrap();
    let outcome = table.committer("u").commit(BATCH_COMMIT, messages).await.unwrap();
    let CommitOutcome::Committed(snapshot) = outcome else { panic!("{outcome:?}") };
    assert_eq!((snapshot.id, snapshot.total_record_count), (1, 1), "{words:?}");
    if table.options().merge_engine != rimon_spec::options::MergeEngine::FirstRow {
        assert_eq!(rows(&table).await, 1, "{words:?}");
    }
}

#[tokio::test]
async fn values_that_do_not_fit() {
    let decimal =
        |n, p, s| Arc::new(Decimal128Array::from(vec![n]).with_precision_and_scale(p, s).unwrap());
    let text = |t| Arc::new(StringArray::from(vec![t]));
    let bytes = |b: &'static [u8]| Arc::new(BinaryArray::from(vec![b]));
    let cases: [(&str, ArrayRef, &[&str]); 13] = [
        ("id", numbers(vec![None]), &["id", "null"]),
        ("id", text("1"), &["id", "INT"]),
        ("must", numbers(vec![None]), &["must", "null"]),
        ("d", decimal(12_345, 5, 1), &["d", "does not fit DECIMAL(4, 1)"]),
        ("d", decimal(123, 4, 2), &["d", "DECIMAL(4, 1)"]),
        ("d", text("many"), &["d", "DECIMAL(4, 1)"]),
        ("vc", text("äöüß"), &["vc", "length 4", "3"]),
        ("c", text("four"), &["c", "length 4", "3"]),
        ("vb", bytes(b"four"), &["vb", "length 4", "3"]),
        ("b", bytes(b"four"), &["b", "length 4", "3"]),
        ("small", numbers(vec![128]), &["small", "TINYINT"]),
        ("other", numbers(vec![1]), &["other", "no such column"]),
        ("vc", numbers(vec![1]), &["vc", "VARCHAR(3)"]),
    ];
    for (name, column, words) in cases {
        refuse(make(), row_with(name, column), None, words).await;
    }
    let mut twice = row_with("small", numbers(vec![1]));
    twice.push(("small", numbers(vec![2])));
    refuse(make(), twice, None, &["small", "twice"]).await;
    refuse(make(), vec![("id", numbers(vec![1]))], None, &["must", "null"]).await;
    refuse(make(), vec![("must", numbers(vec![1]))], None, &["id", "null"]).await;
}

#[tokio::test]
async fn kinds_that_are_none() {
    let row = || row_with("id", numbers(vec![1]));
    refuse(make(), row(), Some(4), &["row kind 4"]).await;
    refuse(make(), row(), Some(-1), &["row kind -1"]).await;
    for text in [Some("X"), Some(""), Some("+i"), None] {
        let mut row = row();
        row.push(("vc", Arc::new(StringArray::from(vec![text]))));
        let words = ["vc", text.unwrap_or("NULL"), "row kind"];
        refuse(make().with("rowkind.field", "vc"), row, None, &words).await;
    }
    refuse(make().with("rowkind.field", "vc"), row(), Some(0), &["rowkind.field"]).await;
}

#[tokio::test]
async fn rows_that_cannot_be_taken_back() {
    let row = || row_with("id", numbers(vec![1]));
    for (kind, word) in [(1, "-U"), (3, "-D")] {
        refuse(
            engine("first-row").with("write-only", "true"),
            row(),
            Some(kind),
            &["first-row", word],
        )
        .await;
        refuse(engine("partial-update"), row(), Some(kind), &["partial-update", word]).await;
        for function in ["max", "min", "first_value", "first_non_null_value"] {
            let make = engine("aggregation")
                .with("fields.small.aggregate-function", function)
                .with("fields.must.aggregate-function", "sum");
            refuse(make, row(), Some(kind), &["small", function, word]).await;
        }
    }
    let append = Make { primary_keys: Vec::new(), ..make() }.with("bucket-key", "id");
    refuse(append.clone(), row(), Some(3), &["append table", "-D"]).await;
    refuse(append, row(), Some(1), &["append table", "-U"]).await;
}
