use std::sync::Arc;

use arrow::array::{Int8Array, Int32Array, RecordBatch, StringArray};
use rimon_spec::TableOptions;

use crate::commit::tests::fixture::Make;
use crate::write::kinds::Kinds;

fn options(make: Make) -> TableOptions {
    make.schema().options().unwrap()
}

fn batch() -> RecordBatch {
    RecordBatch::try_from_iter([
        ("id", Arc::new(Int32Array::from(vec![1, 2, 3, 4])) as arrow::array::ArrayRef),
        ("name", Arc::new(StringArray::from(vec!["+I", "-U", "+U", "-D"]))),
    ])
    .unwrap()
}

#[test]
fn kinds_come_from_the_caller_or_from_a_column() {
    let given = Int8Array::from(vec![0, 1, 2, 3]);
    let kinds = Kinds::new(&options(Make::append()), true);
    assert_eq!(kinds.apply(batch(), Some(given.clone())).unwrap().1, Some(given.clone()));
    let mut from_field = options(Make::append());
    from_field.rowkind_field = Some("name".into());
    let kinds = Kinds::new(&from_field, true);
    assert_eq!(kinds.apply(batch(), None).unwrap().1, Some(given.clone()));
    assert!(kinds.apply(batch(), Some(given)).is_err(), "one source of kinds only");
    from_field.rowkind_field = Some("id".into());
    assert!(Kinds::new(&from_field, true).apply(batch(), None).is_err());
}

#[test]
fn wrong_kinds_are_refused_and_ignored_ones_left_out() {
    let mut options = options(Make::append());
    let kinds = Kinds::new(&options, true);
    assert!(kinds.apply(batch(), Some(Int8Array::from(vec![0, 0, 0, 4]))).is_err());
    assert!(
        kinds.apply(batch(), Some(Int8Array::from(vec![Some(0), Some(0), Some(0), None]))).is_err()
    );
    let append = Kinds::new(&options, false);
    assert!(append.apply(batch(), Some(Int8Array::from(vec![0, 0, 0, 3]))).is_err());
    assert_eq!(append.apply(batch(), Some(Int8Array::from(vec![0, 2, 0, 2]))).unwrap().1, None);
    options.ignore_update_before = true;
    let (rows, left) =
        Kinds::new(&options, true).apply(batch(), Some(Int8Array::from(vec![0, 1, 2, 3]))).unwrap();
    assert_eq!((rows.num_rows(), left), (3, Some(Int8Array::from(vec![0, 2, 3]))));
    options.ignore_delete = true;
    let (rows, left) =
        Kinds::new(&options, true).apply(batch(), Some(Int8Array::from(vec![0, 1, 2, 3]))).unwrap();
    assert_eq!((rows.num_rows(), left), (2, Some(Int8Array::from(vec![0, 2]))));
}
