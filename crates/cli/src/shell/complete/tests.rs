use rustyline::history::MemHistory;
use tokio::runtime::Runtime;

use super::*;
use crate::config::Config;

#[test]
fn the_word_at_the_end_and_its_qualifier() {
    assert_eq!(word_at_end("SELECT na"), (7, None));
    assert_eq!(word_at_end("SELECT * FROM db.o"), (17, Some("db")));
    assert_eq!(word_at_end("SELECT * FROM \"db\".o"), (19, Some("db")));
    assert_eq!(word_at_end("SELECT é"), (7, None));
    assert_eq!(word_at_end("ö.x"), (3, Some("ö")));
    assert_eq!(word_at_end(""), (0, None));
}

#[test]
fn keywords_follow_the_case_of_the_prefix() {
    let all = BTreeSet::from(["SELECT".to_string(), "seller".to_string()]);
    assert_eq!(matching(&all, "sel", false), ["select", "seller"]);
    assert_eq!(matching(&all, "SEL", false), ["SELECT", "seller"]);
}

#[test]
fn names_are_quoted_where_sql_needs_it() {
    let all = BTreeSet::from(["SELECT".to_string(), "Seller".to_string(), "self".to_string()]);
    assert_eq!(matching(&all, "Se", false), ["SELECT", "\"Seller\"", "self"]);
    assert_eq!(matching(&all, "Se", true), ["Seller\"", "self\""]);
}

#[test]
fn nothing_is_completed_inside_a_value() {
    assert!(in_string("WHERE a = 'se"));
    assert!(!in_string("WHERE a = 'x' AND se"));
}

#[test]
fn names_come_from_the_catalog() {
    let runtime = Runtime::new().unwrap();
    let lake = tempfile::tempdir().unwrap();
    let config = Config {
        warehouse: lake.path().to_string_lossy().into_owned(),
        named: true,
        options: Vec::new(),
    };
    let session = runtime.block_on(Session::open(&config)).unwrap();
    let make = |sql: &str| runtime.block_on(session.run(sql)).map(|_| ()).unwrap();
    make("CREATE DATABASE shop");
    make("CREATE TABLE shop.orders (order_id BIGINT, state STRING)");
    make("CREATE TABLE zebra (stripes INT)");
    let mut assistant = Assistant::new(session.clone(), runtime.handle().clone());
    let history = MemHistory::new();
    let complete = |assistant: &Assistant, before: &str, after: &str| {
        let line = format!("{before}{after}");
        let context = Context::new(&history);
        assistant.complete(&line, before.len(), &context).unwrap()
    };

    assert_eq!(complete(&assistant, "SELECT * FROM sho", "").1, ["show", "shop"]);
    assert_eq!(complete(&assistant, "SELECT * FROM shop.", ""), (19, vec!["orders".to_string()]));
    assert_eq!(complete(&assistant, "SELECT * FROM ze", "").1, ["zebra"]);
    assert_eq!(complete(&assistant, "SELECT sta", " FROM shop.orders").1, ["state"]);
    assert_eq!(complete(&assistant, "SELECT str", " FROM shop.orders").1, ["string"]);
    assert_eq!(complete(&assistant, "SELECT o.s", " FROM shop.orders o").1, ["state"]);
    assert!(complete(&assistant, "SELECT 'sta", "").1.is_empty());
    assert!(complete(&assistant, "", "").1.is_empty());

    make("CREATE TABLE shop.returns (a INT)");
    assistant.forget();
    assert_eq!(complete(&assistant, "SELECT * FROM shop.", "").1, ["orders", "returns"]);
}
