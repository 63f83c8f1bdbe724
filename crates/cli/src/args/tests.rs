use clap::CommandFactory;

use super::*;

fn parse(args: &[&str]) -> Cli {
    Cli::try_parse_from(std::iter::once("rimon").chain(args.iter().copied())).unwrap()
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn sources_keep_the_order_between_c_and_f() {
    let Command::Sql(sql) = parse(&["sql", "-c", "a", "-f", "b", "-c", "c"]).command else {
        panic!("not sql");
    };
    let expected =
        [Source::Command("a".into()), Source::File("b".into()), Source::Command("c".into())];
    assert_eq!(sql.sources.0, expected);
}

#[test]
fn settings_keep_the_order_between_flags() {
    let cli = parse(&[
        "--catalog-option",
        "warehouse=a",
        "--warehouse",
        "b",
        "--catalog-option",
        "metastore=filesystem",
        "sql",
        "--warehouse=c",
    ]);
    let expected = [
        Setting::Option("warehouse".into(), "a".into()),
        Setting::Warehouse("b".into()),
        Setting::Option("metastore".into(), "filesystem".into()),
    ];
    assert_eq!(cli.catalog.settings, expected);
    assert_eq!(cli.command.catalog().settings, [Setting::Warehouse("c".into())]);
}

#[test]
fn wrong_usage_is_refused() {
    for args in [
        &["sql", "--format", "xml"][..],
        &["--catalog-option", "noequals", "sql"],
        &["--catalog-option", "=v", "sql"],
        &["table"],
        &["table", "create", "t"],
        &["table", "describe"],
        &["frobnicate"],
        &[],
    ] {
        let full = std::iter::once("rimon").chain(args.iter().copied());
        assert!(Cli::try_parse_from(full).is_err(), "{args:?}");
    }
}

#[test]
fn the_last_format_wins() {
    let Command::Sql(sql) =
        parse(&["sql", "--format", "csv", "--format", "json", "-q", "-q"]).command
    else {
        panic!("not sql");
    };
    assert_eq!(sql.format, Format::Json);
    assert!(sql.quiet);
}
