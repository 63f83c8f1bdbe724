use super::*;
use crate::{ReadRequest, evolution};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int32Type;
use arrow::util::display::array_value_to_string;
use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use rimon_spec::{DataType, ErrorKind, TypeKind};

fn fields(columns: &[(&str, &str)]) -> Vec<DataField> {
    let field = |(id, (name, t)): (usize, &(&str, &str))| {
        DataField::new(id as i32, *name, t.parse::<DataType>().unwrap())
    };
    columns.iter().enumerate().map(field).collect()
}

async fn read(
    name: &str,
    bytes: &[u8],
    columns: &[(&str, &str)],
    options: &[(&str, &str)],
) -> Result<Vec<RecordBatch>> {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let path = Path::from(name);
    store.put(&path, bytes.to_vec().into()).await.unwrap();
    let fields = fields(columns);
    let options = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let text = TextFile { fields: fields.clone(), options };
    let file = FileRef::new(store, path, bytes.len() as u64, name).with_text(text);
    let reader = crate::format_for(name)?.open(file).await?;
    let request = ReadRequest::new(evolution::read_columns(&fields, &fields, &[])?);
    let batches: Vec<RecordBatch> =
        reader.read(request.with_batch_size(3)).await?.try_collect().await?;
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>() as u64, reader.num_rows());
    Ok(batches)
}

/// The rows of a file, values by `|`, nulls as `~`.
async fn rows(
    name: &str,
    bytes: &str,
    columns: &[(&str, &str)],
    options: &[(&str, &str)],
) -> Vec<String> {
    let batches = read(name, bytes.as_bytes(), columns, options).await.unwrap();
    let mut rows = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let cell = |column: &Arc<dyn Array>| match column.is_null(row) {
                true => "~".to_owned(),
                false => array_value_to_string(column, row).unwrap(),
            };
            rows.push(batch.columns().iter().map(cell).collect::<Vec<_>>().join("|"));
        }
    }
    rows
}

const ISD: &[(&str, &str)] = &[("i", "INT"), ("s", "STRING"), ("d", "DATE")];

#[tokio::test]
async fn csv_as_java_reads_it() {
    let text =
        "1,\"a,b\",2024-01-01\r\n2,,\n\n 3,x,y\n4,\"say \\\"hi\\\" and \"\"ho\"\"\",1969-12-31\n5";
    let got = rows("a.csv", text, ISD, &[]).await;
    let expected = [
        "1|a,b|2024-01-01",
        "2|~|~",
        "~|~|~",
        "~|~|~",
        "4|say \"hi\" and \"ho\"|1969-12-31",
        "5|~|~",
    ];
    assert_eq!(got, expected);
}

#[tokio::test]
async fn csv_with_options() {
    let options = [
        ("csv.field-delimiter", ";"),
        ("csv.line-delimiter", "||"),
        ("csv.quote-character", "'"),
        ("csv.include-header", "true"),
        ("csv.null-literal", "NULL"),
    ];
    let got = rows("a.csv", "i;s;d||1;'x;y';NULL||2;NULL;2024-02-29|", ISD, &options).await;
    // The last date is not one: it and what follows it are null.
    assert_eq!(got, ["1|x;y|~", "2|~|~"]);
    let strict = [("csv.mode", "FAILFAST")];
    let error = read("a.csv", b"1,a,2024-01-01\nx,b,2024-01-01", ISD, &strict).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.context().contains(&("line", "2".to_owned())), "{error:?}");
    for (key, value) in [("csv.mode", "dropmalformed"), ("json.ignore-parse-errors", "true")] {
        let name = if key.starts_with("csv") { "a.csv" } else { "a.json" };
        let error = read(name, b"", ISD, &[(key, value)]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.message().contains(key), "{error}");
    }
}

#[tokio::test]
async fn json_of_nested_types() {
    let columns = [
        ("i", "INT"),
        ("a", "ARRAY<DOUBLE>"),
        ("m", "MAP<INT, ROW<x BYTES>>"),
        ("dec", "DECIMAL(5, 2)"),
        ("b", "BOOLEAN"),
    ];
    let text = concat!(
        "{\"i\":\"1\",\"a\":[\"1.5\",null,2],\"m\":{\"7\":{\"x\":\"AQI=\"},\"+7\":{\"x\":\"AwQ\"}},\"dec\":1.50}\n",
        "{\"b\":\"TRUE\",\"i\":null,\"a\":[],\"dec\":\"99999\"}\n",
    );
    let got = rows("a.json", text, &columns, &[]).await;
    assert_eq!(got, ["1|[1.5, , 2.0]|{7: {x: 0304}}|1.50|~", "~|[]|~|~|true"]);
    for bad in ["[1]", "{", "{\"i\":\"x\"}", "{\"a\":1}", ""] {
        assert!(read("a.json", format!("{bad}\n").as_bytes(), &columns, &[]).await.is_err());
    }
    let lists = [("l", "MULTISET<INT>")];
    let error = read("a.json", b"{}\n", &lists, &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn text_in_every_packing() {
    use std::io::Write;
    let text = "\u{feff}one\n\ntwo";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(text.as_bytes()).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(text.as_bytes()).unwrap();
    for (name, bytes) in [
        ("a.text", text.as_bytes().to_vec()),
        ("a.text.gz", gzip.finish().unwrap()),
        ("a.text.deflate", zlib.finish().unwrap()),
        ("a.text.bz2", bzip2.finish().unwrap()),
        ("a.text.zst", zstd::encode_all(text.as_bytes(), 1).unwrap()),
    ] {
        let batches = read(name, &bytes, &[("v", "STRING")], &[]).await.unwrap();
        let column = batches.first().unwrap().column(0);
        let lines: Vec<_> = column.as_string::<i32>().iter().flatten().collect();
        assert_eq!(lines, ["one", "", "two"], "{name}");
        if name != "a.text" {
            let cut = bytes.get(..bytes.len() / 2).unwrap();
            let error = read(name, cut, &[("v", "STRING")], &[]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{name}");
        }
    }
    let error = read("a.text.lz4", b"", &[("v", "STRING")], &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn some_rows_and_columns() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let path = Path::from("a.csv");
    store.put(&path, "1,a\n2,b\n3,c\n".into()).await.unwrap();
    let all = fields(&[("i", "INT"), ("s", "STRING")]);
    let file = FileRef::new(store, path, 12, "a.csv")
        .with_text(TextFile { fields: all.clone(), ..TextFile::default() });
    let reader = TextFormat::Csv.open(file).await.unwrap();
    let columns = evolution::read_columns(&all, all.get(..1).unwrap(), &[]).unwrap();
    let request = ReadRequest::new(columns).with_ranges(vec![0..1, 2..3]);
    let batches: Vec<RecordBatch> =
        reader.read(request).await.unwrap().try_collect().await.unwrap();
    let numbers = batches.iter().flat_map(|b| b.column(0).as_primitive::<Int32Type>().values());
    assert_eq!(numbers.copied().collect::<Vec<i32>>(), [1, 3]);
    let none = reader.read(ReadRequest::new(Vec::new())).await.unwrap();
    let rows: Vec<RecordBatch> = none.try_collect().await.unwrap();
    assert_eq!(rows.first().map(RecordBatch::num_rows), Some(3));
    assert_eq!(TypeKind::Int, all.first().unwrap().data_type.kind);
}

#[tokio::test]
async fn rows_anywhere_in_a_long_file() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let path = Path::from("a.text");
    for (end, options) in [("\n", None), ("\r\n", None), ("ab", Some("ab"))] {
        let text: String = (0..5_000).map(|i| format!("{i}{end}")).collect();
        let size = text.len() as u64;
        store.put(&path, text.into()).await.unwrap();
        let layout = TextFile {
            fields: fields(&[("v", "STRING")]),
            options: options
                .map(|end| ("text.line-delimiter".to_owned(), end.to_owned()))
                .into_iter()
                .collect(),
        };
        let all = layout.fields.clone();
        let file = FileRef::new(Arc::clone(&store), path.clone(), size, "a.text").with_text(layout);
        let reader = TextFormat::Text.open(file).await.unwrap();
        assert_eq!(reader.num_rows(), 5_000);
        let columns = evolution::read_columns(&all, &all, &[]).unwrap();
        let ranges = vec![0..1, 1_023..1_026, 2_047..3_073, 4_999..5_000];
        let wanted: Vec<String> = ranges.iter().cloned().flatten().map(|i| i.to_string()).collect();
        let request = ReadRequest::new(columns).with_ranges(ranges).with_batch_size(700);
        let batches: Vec<RecordBatch> =
            reader.read(request).await.unwrap().try_collect().await.unwrap();
        let got = batches.iter().flat_map(|b| b.column(0).as_string::<i32>().iter().flatten());
        assert_eq!(got.collect::<Vec<_>>(), wanted);
    }
}
