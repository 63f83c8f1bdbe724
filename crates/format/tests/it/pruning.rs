//! Blocks and predicates: sound, and fine enough to be of use.

use crate::support::{block_on, collect, java_fields, java_file, open, write};
use arrow::array::RecordBatch;
use parquet::basic::Encoding;
use parquet::file::reader::{FileReader, SerializedFileReader};
use rimon_format::arrow_schema::to_arrow_schema;
use rimon_format::arrow_value::{array_of, value_at};
use rimon_format::evolution::read_columns;
use rimon_format::{ColumnWriteOptions, DataFileReader, ReadColumn, ReadRequest, WriteOptions};
use rimon_spec::{DataField, DataType, Predicate, SpecialField, Test, TypeKind, Value};
use std::cmp::Ordering;
use std::ops::Range;

const ROWS: i32 = 60_000;

fn fields() -> Vec<DataField> {
    let id = DataField::new(0, "id", DataType::not_null(TypeKind::Int));
    vec![
        SpecialField::key(&id),
        SpecialField::sequence_number(),
        SpecialField::value_kind(),
        id,
        DataField::new(1, "name", DataType::string()),
        DataField::new(2, "big", DataType::new(TypeKind::BigInt)),
    ]
}

/// Keys ascend in steps of two; `big` is beyond the range of INT.
fn batch(rows: Range<i32>) -> RecordBatch {
    let columns: Vec<Vec<Value>> = vec![
        rows.clone().map(|i| Value::Int(i * 2)).collect(),
        rows.clone().map(|i| Value::BigInt(i64::from(i))).collect(),
        rows.clone().map(|_| Value::TinyInt(0)).collect(),
        rows.clone().map(|i| Value::Int(i * 2)).collect(),
        rows.clone()
            .map(|i| if i % 5 == 0 { Value::Null } else { Value::String(format!("{i:08}")) })
            .collect(),
        rows.map(|i| Value::BigInt(i64::from(i) << 33)).collect(),
    ];
    let pairs = fields().into_iter().zip(&columns);
    let arrays = pairs.map(|(f, v)| array_of(v, &f.data_type).unwrap()).collect();
    RecordBatch::try_new(to_arrow_schema(&fields()).unwrap(), arrays).unwrap()
}

fn file() -> Vec<u8> {
    let options =
        WriteOptions { page_bytes: 4096, row_group_bytes: 400 << 10, ..WriteOptions::default() };
    write(&fields(), &[batch(0..ROWS)], &options).unwrap().0
}

fn columns(wanted: &[DataField]) -> Vec<ReadColumn> {
    read_columns(&fields()[3..], wanted, &[]).unwrap()
}

fn wanted(name: &str) -> DataField {
    fields().into_iter().find(|f| f.name == name).unwrap()
}

async fn ids(reader: &dyn DataFileReader, request: ReadRequest) -> Vec<Value> {
    let data_type = request.columns[0].output.data_type.clone();
    let batch = collect(reader, request).await.unwrap();
    (0..batch.num_rows()).map(|i| value_at(batch.column(0), i, &data_type).unwrap()).collect()
}

#[test]
fn sorted_integers_are_delta_encoded() {
    let reader = SerializedFileReader::new(bytes::Bytes::from(file())).unwrap();
    assert!(reader.metadata().num_row_groups() > 1);
    for column in reader.metadata().row_group(0).columns() {
        let delta = column.encodings().any(|e| e == Encoding::DELTA_BINARY_PACKED);
        let name = column.column_path().string();
        let expected = ["_KEY_id", "_SEQUENCE_NUMBER", "id"].contains(&name.as_str());
        assert_eq!(delta, expected, "{name}");
        assert!(!delta || column.dictionary_page_offset().is_none(), "{name}");
    }
}

#[test]
fn blocks_are_pages_with_sound_bounds() {
    let bytes = file();
    block_on(async {
        let reader = open(&bytes).await.unwrap();
        let columns = columns(&fields());
        for column in &columns {
            let values = ids(reader.as_ref(), ReadRequest::new(vec![column.clone()])).await;
            let blocks = reader.blocks(column).await.unwrap();
            let mut next = 0;
            for block in &blocks {
                assert_eq!(block.rows.start, next);
                next = block.rows.end;
                let rows = &values[block.rows.start as usize..block.rows.end as usize];
                let nulls = rows.iter().filter(|v| v.is_null()).count() as u64;
                assert_eq!(block.null_count, Some(nulls));
                let (min, max) = (block.min.as_ref().unwrap(), block.max.as_ref().unwrap());
                for value in rows.iter().filter(|v| !v.is_null()) {
                    assert_ne!(min.compare(value), Ordering::Greater);
                    assert_ne!(max.compare(value), Ordering::Less);
                }
            }
            assert_eq!(next, reader.num_rows());
        }
        let blocks = reader.blocks(&columns[0]).await.unwrap();
        assert!(blocks.len() > reader.row_groups().len(), "{}", blocks.len());
    });
}

#[test]
fn predicates_skip_pages_and_lose_nothing() {
    let bytes = file();
    block_on(async {
        let reader = open(&bytes).await.unwrap();
        let columns = columns(&[wanted("id"), wanted("name")]);
        let at = |n| Predicate::leaf("id", Test::Eq(Value::Int(n)));
        let found = reader.matching(&columns, &at(31_998)).await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].contains(&15_999) && found[0].end - found[0].start <= 20_480, "{found:?}");
        assert!(reader.matching(&columns, &at(-1)).await.unwrap().is_empty());

        let predicate = Predicate::Or(vec![
            at(10),
            at(11),
            Predicate::leaf("id", Test::GtEq(Value::Int(119_996))),
        ]);
        let mut request = ReadRequest::new(columns).with_predicate(predicate);
        let loose = ids(reader.as_ref(), request.clone()).await;
        request.exact = true;
        let exact = ids(reader.as_ref(), request).await;
        assert_eq!(exact, [10, 119_996, 119_998].map(Value::Int));
        assert!(exact.iter().all(|v| loose.contains(v)) && loose.len() < ROWS as usize);
    });
}

#[test]
fn exact_filters_follow_sql() {
    let bytes = file();
    block_on(async {
        let reader = open(&bytes).await.unwrap();
        let columns = columns(&[wanted("id"), wanted("name")]);
        let count = |predicate| {
            let mut request = ReadRequest::new(columns.clone()).with_predicate(predicate);
            request.exact = true;
            async { ids(reader.as_ref(), request).await.len() }
        };
        let name = |test| Predicate::leaf("name", test);
        let nulls = ROWS as usize / 5;
        assert_eq!(count(name(Test::IsNull)).await, nulls);
        assert_eq!(count(name(Test::StartsWith("0001".into()))).await, 8_000);
        let in_list = Test::In(vec![Value::String("00000001".into()), Value::String("zz".into())]);
        assert_eq!(count(name(in_list.clone())).await, 1);
        // NOT of unknown is unknown: rows with a null name do not pass.
        let not = Predicate::Not(Box::new(name(in_list)));
        assert_eq!(count(not).await, ROWS as usize - nulls - 1);
    });
}

#[test]
fn bounds_survive_widening_and_nothing_else() {
    let bytes = file();
    block_on(async {
        let reader = open(&bytes).await.unwrap();
        let mut id = wanted("id");
        id.data_type = DataType::new(TypeKind::BigInt);
        let at = Predicate::leaf("id", Test::Eq(Value::BigInt(40)));
        let mut request = ReadRequest::new(columns(&[id])).with_predicate(at);
        assert!(
            reader.matching(&request.columns, request.predicate.as_ref().unwrap()).await.unwrap()
                [0]
            .end < u64::from(ROWS as u32)
        );
        request.exact = true;
        assert_eq!(ids(reader.as_ref(), request).await, [Value::BigInt(40)]);

        // All values of `big` wrap to 0 as INT: no bound of the file says so.
        let mut big = wanted("big");
        big.data_type = DataType::new(TypeKind::Int);
        let zero = Predicate::leaf("big", Test::Eq(Value::Int(0)));
        let request = ReadRequest::new(columns(&[big])).with_predicate(zero);
        assert_eq!(ids(reader.as_ref(), request).await.len(), ROWS as usize);
    });
}

#[test]
fn columns_the_file_lacks_and_constants_prune() {
    let bytes = file();
    block_on(async {
        let reader = open(&bytes).await.unwrap();
        let added = DataField::new(7, "added", DataType::new(TypeKind::Int));
        let part = DataField::new(8, "part", DataType::new(TypeKind::Int));
        let columns =
            read_columns(&fields()[3..], &[wanted("id"), added, part], &[(8, Value::Int(5))])
                .unwrap();
        let rows = |name, test| {
            let (reader, columns) = (&reader, &columns);
            async move { reader.matching(columns, &Predicate::leaf(name, test)).await.unwrap().len() }
        };
        assert_eq!(rows("added", Test::Eq(Value::Int(1))).await, 0);
        assert_eq!(rows("added", Test::IsNull).await, 1);
        assert_eq!(rows("part", Test::Eq(Value::Int(4))).await, 0);
        assert_eq!(rows("part", Test::Eq(Value::Int(5))).await, 1);
    });
}

#[test]
fn blocks_of_files_that_java_wrote() {
    let fields = java_fields("scalars", 0);
    block_on(async {
        let reader = open(&java_file("scalars", 0)).await.unwrap();
        let columns = read_columns(&fields, &fields, &[]).unwrap();
        for column in &columns {
            let blocks = reader.blocks(column).await.unwrap();
            assert_eq!(blocks.last().map(|b| b.rows.end), Some(reader.num_rows()));
            let name = column.output.name.as_str();
            let unbounded = ["c_float", "c_double", "c_ts9", "c_ltz9"].contains(&name);
            assert_eq!(blocks[0].min.is_none(), unbounded, "{name}");
        }
    });
}

#[test]
fn bloom_filters_exclude_row_groups() {
    let with = |values| ColumnWriteOptions {
        bloom_filter: Some(true),
        bloom_filter_values: Some(values),
        bloom_filter_fpp: Some(0.001),
        ..ColumnWriteOptions::default()
    };
    let columns_with = ["id", "name", "big"].map(|name| (name.to_owned(), with(60_000)));
    let options = WriteOptions {
        row_group_bytes: 400 << 10,
        columns: columns_with.into_iter().collect(),
        ..WriteOptions::default()
    };
    let bytes = write(&fields(), &[batch(0..ROWS)], &options).unwrap().0;
    block_on(async {
        let reader = open(&bytes).await.unwrap();
        let wanted = [wanted("id"), wanted("name"), wanted("big")];
        let left = async |predicate: Predicate| -> u64 {
            let rows = reader.matching(&columns(&wanted), &predicate).await.unwrap();
            rows.iter().map(|r| r.end - r.start).sum()
        };
        let eq = |name: &str, value| Predicate::leaf(name, Test::Eq(value));
        // all within the bounds of row groups
        let (odd, between) = (Value::Int(777), Value::String("00000777x".into()));
        assert_eq!(left(eq("id", odd.clone())).await, 0);
        assert_eq!(left(eq("name", between)).await, 0);
        assert_eq!(left(eq("big", Value::BigInt((9 << 33) + 1))).await, 0);
        assert_eq!(
            left(Predicate::leaf("id", Test::In(vec![odd.clone(), Value::Int(1)]))).await,
            0
        );
        for there in [
            eq("id", Value::Int(778)),
            eq("name", Value::String("00000778".into())),
            eq("big", Value::BigInt(9 << 33)),
            Predicate::or(vec![eq("id", odd.clone()), eq("id", Value::Int(778))]),
            Predicate::Not(Box::new(eq("id", odd))),
        ] {
            assert!(left(there.clone()).await > 0, "{there}");
        }
    });
}

/// Where a file keeps Bloom filters, column indexes and offset indexes.
fn indexes(bytes: &[u8]) -> Vec<(&'static str, Range<usize>)> {
    let reader = SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)).unwrap();
    let mut found = Vec::new();
    for chunk in reader.metadata().row_groups().iter().flat_map(|group| group.columns()) {
        let parts = [
            ("Bloom filter", chunk.bloom_filter_offset(), chunk.bloom_filter_length()),
            ("column index", chunk.column_index_offset(), chunk.column_index_length()),
            ("offset index", chunk.offset_index_offset(), chunk.offset_index_length()),
        ];
        for (what, offset, length) in parts {
            if let (Some(offset), Some(length)) = (offset, length) {
                found.push((what, offset as usize..offset as usize + length as usize));
            }
        }
    }
    found
}

#[test]
fn damaged_indexes_cost_pruning_and_no_rows() {
    let options = WriteOptions {
        page_bytes: 4096,
        row_group_bytes: 400 << 10,
        bloom_filter: true,
        ..WriteOptions::default()
    };
    let bytes = write(&fields(), &[batch(0..ROWS)], &options).unwrap().0;
    let found = indexes(&bytes);
    for what in ["Bloom filter", "column index", "offset index"] {
        assert!(found.iter().any(|(kind, _)| *kind == what), "there is no {what}");
        for filling in [0, 0x55, 0xff] {
            let mut damaged = bytes.clone();
            for (_, part) in found.iter().filter(|(kind, _)| *kind == what) {
                damaged[part.clone()].fill(filling);
            }
            block_on(async {
                let reader = open(&damaged).await.unwrap();
                let leaf = Predicate::leaf("id", Test::Eq(Value::Int(778)));
                let mut request = ReadRequest::new(columns(&[wanted("id")])).with_predicate(leaf);
                request.exact = true;
                let rows = ids(reader.as_ref(), request).await;
                assert_eq!(rows, [Value::Int(778)], "{what} filled with {filling}");
            });
        }
    }
}
