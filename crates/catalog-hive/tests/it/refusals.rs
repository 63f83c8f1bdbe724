//! What is refused, and how: which server, which object, what to do.

use crate::site::{Site, options};
use indexmap::IndexMap;
use rimon_catalog::testing::sample_table;
use rimon_catalog::{Catalog, Identifier};
use rimon_catalog_hive::testing;
use rimon_integration_tests::metastore::{Metastore, Version};
use rimon_spec::{Error, ErrorKind, SchemaChange};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

async fn list(uri: &str) -> Error {
    let mut options = options(uri, Path::new("/nowhere"));
    options.insert("hive.metastore.client.socket.timeout".to_owned(), "1s".to_owned());
    rimon_catalog_hive::connect(options).await.unwrap().list_databases().await.unwrap_err()
}

/// A server that answers anything with `says`.
fn server(says: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("thrift://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let _ = client.read(&mut [0; 1024]);
            let _ = client.write_all(says);
        }
    });
    uri
}

#[tokio::test]
async fn servers_that_are_none() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let e = list(&format!("thrift://{free}")).await;
    assert_eq!(e.kind(), ErrorKind::Unavailable);
    assert!(e.to_string().contains(&free.to_string()) && e.hint().is_some(), "{e}");

    for (says, kind, word) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], ErrorKind::Unsupported, "HTTP"),
        (&b"\x15\x03\x03\x00\x02\x02\x28"[..], ErrorKind::Unsupported, "TLS"),
        (&b"\x04\x00\x00\x00\x13Invalid status -128"[..], ErrorKind::Unsupported, "Kerberos"),
        (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], ErrorKind::Corrupt, "metastore"),
        (&b""[..], ErrorKind::Unavailable, "closed"),
    ] {
        let uri = server(says);
        let e = list(&uri).await;
        assert_eq!(e.kind(), kind, "{e}");
        assert!(e.to_string().contains(word) && e.to_string().contains(&uri), "{e}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let e = list(&format!("thrift://{}", listener.local_addr().unwrap())).await;
    assert_eq!(e.kind(), ErrorKind::Unavailable);
    assert!(e.to_string().contains("does not answer"), "{e}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_server_is_taken() {
    let Some(site) = Site::new(Version::Hive3) else { return };
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let uri = format!("thrift://{free}, {}", site.metastore.uri());
    let catalog = rimon_catalog_hive::connect(options(&uri, site.warehouse())).await.unwrap();
    assert!(catalog.list_databases().await.unwrap().contains(&"default".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_objects() {
    for version in Version::ALL {
        let Some(site) = Site::new(version) else { return };
        let catalog = site.with_database("refusals").await;
        let refused = |e: Error, kind: ErrorKind, word: &str| {
            assert_eq!(e.kind(), kind, "{e}");
            assert!(e.to_string().contains(word), "{e}");
            assert!(e.to_string().contains(&site.metastore.uri()), "{e}");
        };
        let id = |text: &str| text.parse::<Identifier>().unwrap();
        let create = async |name: &str| {
            catalog.create_table(&id(name), sample_table(), false).await.unwrap_err()
        };
        refused(create("refusals.Upper").await, ErrorKind::Invalid, "'upper'");
        refused(create("refusals.a b").await, ErrorKind::Invalid, "letters, digits");
        let e = catalog.create_database("Upper", &IndexMap::new(), false).await.unwrap_err();
        refused(e, ErrorKind::Invalid, "'upper'");

        for (object, word) in
            [("text", "TextInputFormat"), ("vw", "a view"), ("bare", "of no format")]
        {
            testing::register_foreign(&catalog, "refusals", object).await.unwrap();
            let e = catalog.load_table(&id(&format!("refusals.{object}"))).await.unwrap_err();
            refused(e, ErrorKind::Unsupported, word);
            let e = catalog.drop_table(&id(&format!("refusals.{object}")), true).await.unwrap_err();
            refused(e, ErrorKind::Unsupported, word);
            let e = create(&format!("refusals.{object}")).await;
            assert_eq!(e.kind(), ErrorKind::AlreadyExists, "{e}");
        }
        testing::register_foreign(&catalog, "refusals", "far").await.unwrap();
        let by_parameter = site.catalog_with(&[("location-in-properties", "true")]).await;
        let e = by_parameter.load_table(&id("refusals.far")).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Unsupported, "{e}");
        assert!(e.to_string().contains("refusals.far") && e.to_string().contains("s3://"), "{e}");

        assert_eq!(catalog.list_tables("refusals").await.unwrap(), ["far"]);
        let others = catalog.registry().unwrap().foreign_objects("refusals").await.unwrap();
        let others: Vec<_> = others.iter().map(|o| (o.name.as_str(), o.kind.as_str())).collect();
        assert_eq!(others, [("bare", "of no format"), ("text", "TextInputFormat"), ("vw", "view")]);
        let e = catalog.drop_database("refusals", false, true).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Invalid, "{e}");
        assert!(e.to_string().contains("bare"), "{e}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn upper_case_names_find_tables_as_in_hive() {
    let Some(site) = Site::new(Version::Hive3) else { return };
    let catalog = site.with_database("cases").await;
    catalog.create_table(&"cases.t".parse().unwrap(), sample_table(), false).await.unwrap();
    assert!(catalog.table_exists(&"CASES.T".parse().unwrap()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_as_partitions_are_refused() {
    let Some(site) = Site::new(Version::Hive3) else { return };
    let catalog = site.with_database("tags").await;
    let id: Identifier = "tags.t".parse().unwrap();
    let (key, value) = ("metastore.tag-to-partition".to_owned(), "dt".to_owned());
    let mut table = sample_table();
    table.options.insert(key.clone(), value.clone());
    let e = catalog.create_table(&id, table, false).await.unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Unsupported, "{e}");
    assert!(!site.warehouse().join("tags.db/t").exists(), "nothing was written");
    catalog.create_table(&id, sample_table(), false).await.unwrap();
    let change = SchemaChange::SetOption { key, value };
    let e = catalog.alter_table(&id, &[change], false).await.unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Unsupported, "{e}");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_the_server_does_not_let_move_stay() {
    let watching = "metastore.disallow.incompatible.col.type.changes=";
    for (version, watches) in
        [(Version::Hive3, true), (Version::Hive3, false), (Version::Hive4, true)]
    {
        let Some(metastore) = Metastore::start(version, &[&format!("{watching}{watches}")]) else {
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let catalog =
            rimon_catalog_hive::connect(options(&metastore.uri(), folder.path())).await.unwrap();
        let id: Identifier = "db.places".parse().unwrap();
        let mut table = sample_table();
        table.columns.push(rimon_spec::NewColumn::new("n", "DATE".parse().unwrap()));
        catalog.create_database("db", &IndexMap::new(), false).await.unwrap();
        catalog.create_table(&id, table, false).await.unwrap();
        let dropped = SchemaChange::DropColumn(vec!["name".to_owned()]);
        let altered = catalog.alter_table(&id, &[dropped], false).await;
        let schema = catalog.load_table(&id).await.unwrap().schema;
        if watches {
            let e = altered.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Invalid, "{e}");
            assert!(e.hint().unwrap().contains("=false"), "{e}");
            assert_eq!(schema.id, 0, "nothing was written");
        } else {
            altered.unwrap();
            assert_eq!(schema.id, 1);
        }
    }
}
