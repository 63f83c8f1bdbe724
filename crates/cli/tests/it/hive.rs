//! Catalogs of Hive Metastores as far as no metastore is needed; with one: the integration tests.

use std::net::TcpListener;

use crate::process::Place;

const LIST: &[&str] = &["table", "list"];

/// The flags of a catalog of `uri`.
fn flags<'a>(uri: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["--catalog-option", "metastore=hive", "--catalog-option", uri];
    all.extend(["--warehouse", "lake"]);
    all.extend(more);
    all
}

#[test]
fn a_metastore_that_is_not_there_is_told() {
    let place = Place::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let uri = format!("uri=thrift://{free}");
    let run = place.run(&flags(&uri, LIST));
    run.fails(1, &free.to_string()).hints("host and port");
    assert!(!place.path("lake").exists());
    place.run(&flags("uri=metastore:9083", LIST)).fails(1, "scheme").hints("thrift://");
    place.run(&flags("url=thrift://h:1", LIST)).fails(1, "'uri'");
    let typo = [&["--catalog-option", "lock-enabled=true"], LIST].concat();
    place.run(&flags(&uri, &typo)).fails(1, "lock-enabled");
}

#[test]
fn security_is_refused_and_not_left_out() {
    let place = Place::new();
    for (option, word) in [
        ("hive.metastore.sasl.enabled=true", "Kerberos"),
        ("hive.metastore.use.SSL=true", "TLS"),
        ("uri=https://h:1", "HTTP"),
    ] {
        let more = [&["--catalog-option", option], LIST].concat();
        place.run(&flags("uri=thrift://127.0.0.1:1", &more)).fails(1, word);
    }
    let site = "<configuration><property><name>hive.metastore.sasl.enabled</name><value>true</value></property>\
        <property><name>hive.metastore.uris</name><value>thrift://127.0.0.1:1</value></property></configuration>";
    place.write("hive-site.xml", site);
    place.run(&flags("hive-conf-dir=.", LIST)).fails(1, "Kerberos");
}

#[test]
fn a_directory_has_no_metastore_to_look_after() {
    let place = Place::new();
    place.run(&["sql", "-c", "CREATE TABLE t (a INT)"]).ok();
    for verb in [&["locks"][..], &["repair"], &["objects"], &["break-lock", "1"]] {
        let all = [&["catalog"], verb].concat();
        place.run(&all).fails(1, "no metastore").hints("metastore=hive");
    }
}
