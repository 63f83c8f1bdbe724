use super::*;
use rimon_spec::ErrorKind;

fn around() -> Surroundings {
    Surroundings { user: "me".to_owned(), host: "here".to_owned(), ..Surroundings::default() }
}

fn of(pairs: &[(&str, &str)]) -> Result<HiveOptions> {
    let needed = [("uri", "thrift://h:1"), ("warehouse", "/w")];
    let all = needed.iter().chain(pairs).map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    HiveOptions::of(all.collect(), &around())
}

#[test]
fn defaults_are_those_of_java() {
    let options = of(&[]).unwrap();
    assert_eq!(options.servers, Server::list("thrift://h:1").unwrap());
    assert!(options.style.all_options && !options.style.location_in_parameters);
    assert!(options.cascade && !options.external && !options.skip_statistics);
    assert_eq!((options.settings.connections, options.batch), (2, 300));
    assert_eq!(options.settings.idle, Duration::from_secs(600));
    assert_eq!(options.settings.user.as_deref(), Some("me"));
    let lock = LockOptions {
        enabled: false,
        check_max_sleep: Duration::from_secs(8),
        acquire_timeout: Duration::from_secs(480),
        heartbeat: Duration::from_secs(100),
    };
    assert_eq!(options.lock, lock);
}

#[test]
fn every_option_is_taken() {
    let options = of(&[
        ("client-pool-size", "7"),
        ("alter-table-cascade", "false"),
        ("sync-all-properties", "false"),
        ("location-in-properties", "true"),
        ("table.type", "external"),
        ("lock.enabled", "true"),
        ("lock.type", "hive"),
        ("lock-check-max-sleep", "1 s"),
        ("lock-acquire-timeout", "2 min"),
        ("hive.txn.timeout", "30s"),
        ("hive.skip-update-stats", "true"),
        ("hive.metastore.client.socket.timeout", "20"),
        ("metastore.batch.retrieve.max", "10"),
        ("metastore.execute.setugi", "false"),
        ("table-default.bucket", "1"),
        ("fs.local.fsync", "off"),
        ("case-sensitive", "false"),
    ])
    .unwrap();
    assert_eq!((options.settings.connections, options.batch), (7, 10));
    assert!(!options.cascade && options.external && options.skip_statistics);
    assert!(!options.style.all_options && options.style.location_in_parameters);
    assert_eq!(options.settings.idle, Duration::from_secs(20));
    assert_eq!(options.settings.user, None);
    assert_eq!(options.table_defaults["bucket"], "1");
    assert_eq!(options.storage["fs.local.fsync"], "off");
    let lock = LockOptions {
        enabled: true,
        check_max_sleep: Duration::from_secs(1),
        acquire_timeout: Duration::from_secs(120),
        heartbeat: Duration::from_secs(10),
    };
    assert_eq!(options.lock, lock);
}

#[test]
fn what_is_refused() {
    for (key, value, kind) in [
        ("urii", "x", ErrorKind::Invalid),
        ("uri", "h:1", ErrorKind::Invalid),
        ("uri", "thrift://h:0", ErrorKind::Invalid),
        ("uri", "thrift://u:secret@h:1", ErrorKind::Invalid),
        ("uri", "https://h:1", ErrorKind::Unsupported),
        ("client-pool-size", "0", ErrorKind::Invalid),
        ("table.type", "virtual", ErrorKind::Invalid),
        ("lock-acquire-timeout", "soon", ErrorKind::Invalid),
        ("lock.type", "zookeeper", ErrorKind::Unsupported),
        ("case-sensitive", "true", ErrorKind::Unsupported),
        ("metastore.client.class", "com.amazonaws.glue.Client", ErrorKind::Unsupported),
        ("client-pool-cache.keys", "ugi", ErrorKind::Unsupported),
        ("hive.metastore.sasl.enabled", "true", ErrorKind::Unsupported),
        ("metastore.sasl.enabled", "true", ErrorKind::Unsupported),
        ("hive.metastore.use.SSL", "true", ErrorKind::Unsupported),
        ("metastore.client.auth.mode", "PLAIN", ErrorKind::Unsupported),
        ("metastore.client.thrift.transport.mode", "http", ErrorKind::Unsupported),
        ("hive-conf-dir", "/nowhere", ErrorKind::NotFound),
        ("hadoop-conf-dir", "/nowhere", ErrorKind::NotFound),
    ] {
        let e = of(&[(key, value)]).unwrap_err();
        assert_eq!(e.kind(), kind, "{key}={value}: {e}");
        assert!(!e.to_string().contains("secret"), "{e}");
    }
}

#[test]
fn files_say_what_is_not_given() {
    let dir = tempfile::tempdir().unwrap();
    let property =
        |k: &str, v: &str| format!("<property><name>{k}</name><value>{v}</value></property>");
    let site = [
        property("hive.metastore.uris", "thrift://a:1,thrift://b"),
        property("hive.metastore.warehouse.dir", "/of/file"),
        property("hive.metastore.client.socket.timeout", "5s"),
    ];
    let text = format!("<configuration>{}</configuration>", site.concat());
    std::fs::write(dir.path().join("hive-site.xml"), text).unwrap();
    let conf = dir.path().to_str().unwrap().to_owned();
    let given = IndexMap::from([("hive-conf-dir".to_owned(), conf.clone())]);
    let options = HiveOptions::of(given, &around()).unwrap();
    assert_eq!(options.servers, Server::list("thrift://a:1,thrift://b:9083").unwrap());
    assert_eq!(options.warehouse, "/of/file");
    assert_eq!(options.settings.idle, Duration::from_secs(5));

    // What is given wins, and the environment names the directory too.
    let surroundings = Surroundings { hive_conf_dir: Some(conf), ..around() };
    let given = [("uri", "thrift://c:3"), ("hive.metastore.client.socket.timeout", "7s")];
    let given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let options = HiveOptions::of(given, &surroundings).unwrap();
    assert_eq!(options.servers, Server::list("thrift://c:3").unwrap());
    assert_eq!(options.settings.idle, Duration::from_secs(7));
}
