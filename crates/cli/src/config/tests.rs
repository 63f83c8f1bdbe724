use super::*;

fn flags(settings: &[Setting]) -> CatalogArgs {
    CatalogArgs { settings: settings.to_vec(), config: None }
}

fn warehouse(dir: &str) -> Setting {
    Setting::Warehouse(dir.into())
}

#[test]
fn the_default_is_a_warehouse_in_the_working_directory() {
    let config = Config::resolve(&[], None).unwrap();
    assert_eq!((config.warehouse.as_str(), config.named), ("warehouse", false));
}

#[test]
fn flags_win_over_the_environment_and_later_flags_over_earlier_ones() {
    let before = flags(&[warehouse("a"), Setting::Option("warehouse".into(), "b".into())]);
    let after = flags(&[warehouse("c")]);
    let resolve =
        |all: &[&CatalogArgs]| Config::resolve(all, Some("env".into())).unwrap().warehouse;
    assert_eq!(resolve(&[]), "env");
    assert_eq!(resolve(&[&before]), "b");
    assert_eq!(resolve(&[&before, &after]), "c");
    assert_eq!(Config::resolve(&[], Some(String::new())).unwrap().warehouse, "warehouse");
}

#[test]
fn the_file_is_read_below_everything_else() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rimon.toml");
    fs::write(&file, "warehouse = 'lake'\n[catalog]\nmetastore = 'filesystem'\nretries = 3\n")
        .unwrap();
    let args = CatalogArgs {
        settings: vec![Setting::Option("retries".into(), "5".into())],
        config: Some(file),
    };
    let config = Config::resolve(&[&args], None).unwrap();
    assert_eq!(config.warehouse, dir.path().join("lake").to_string_lossy());
    let expected = [
        ("metastore".to_string(), "filesystem".to_string()),
        ("retries".to_string(), "5".to_string()),
    ];
    assert_eq!(config.options, expected);
    assert_eq!(Config::resolve(&[&args], Some("env".into())).unwrap().warehouse, "env");
}

#[test]
fn a_wrong_file_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rimon.toml");
    for (text, expected) in [
        ("warehause = 'x'", "unknown key `warehause`"),
        ("warehouse = 3", "`warehouse` must be a string"),
        ("catalog = 3", "`catalog` must be a section"),
        ("[catalog]\nlist = [1]", "`catalog.list` must be a string"),
        ("warehouse = ", "rimon.toml"),
    ] {
        fs::write(&file, text).unwrap();
        let args = CatalogArgs { settings: vec![], config: Some(file.clone()) };
        let failure = Config::resolve(&[&args], None).unwrap_err().to_string();
        assert!(failure.contains(expected), "{text}: {failure}");
    }
}

#[test]
fn a_missing_warehouse_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str, named| Config {
        warehouse: dir.path().join(path).to_string_lossy().into_owned(),
        named,
        options: vec![],
    };
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(at("new", true).check_warehouse(false).is_ok());
    assert!(at("new", true).check_warehouse(true).is_err());
    assert!(at("new", false).check_warehouse(true).is_ok());
    assert!(at("no/new", true).check_warehouse(false).is_err());
    assert!(at("file", true).check_warehouse(false).is_err());
    assert!(at("", true).check_warehouse(true).is_ok());
    let url = Config { warehouse: "memory:///x".into(), named: true, options: vec![] };
    assert!(url.check_warehouse(true).is_ok());
}
