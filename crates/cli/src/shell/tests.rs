use super::*;

struct Shell {
    runtime: Runtime,
    session: Session,
    _lake: tempfile::TempDir,
}

impl Shell {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let lake = tempfile::tempdir().unwrap();
        let config = Config {
            warehouse: lake.path().to_string_lossy().into_owned(),
            named: true,
            options: Vec::new(),
        };
        let session = runtime.block_on(Session::open(&config)).unwrap();
        Self { runtime, session, _lake: lake }
    }

    /// Whether the shell goes on, and what it wrote as results.
    fn typed(&self, lines: &[&str]) -> Result<(bool, String)> {
        let mut sink = Vec::new();
        let mut goes_on = true;
        {
            let mut output = Output::new(&mut sink, Format::Csv, true);
            for line in lines {
                goes_on = dispatch(line, &self.runtime, &self.session, &mut output)?;
            }
        }
        Ok((goes_on, String::from_utf8(sink).unwrap()))
    }
}

#[test]
fn several_statements_may_be_typed_at_once() {
    let shell = Shell::new();
    let typed = shell.typed(&["SELECT 1 AS a; SELECT 2\n AS b;\n"]).unwrap();
    assert_eq!(typed, (true, "a\n1\n\nb\n2\n".to_string()));
}

#[test]
fn the_shell_ends_when_told() {
    let shell = Shell::new();
    for line in ["\\q", "quit;", "EXIT ;", "SELECT 1 AS a; exit;"] {
        assert!(!shell.typed(&[line]).unwrap().0, "{line}");
    }
}

#[test]
fn commands_of_the_shell() {
    let shell = Shell::new();
    shell.typed(&["CREATE TABLE t (a INT COMMENT 'x');"]).unwrap();
    let (goes_on, text) = shell.typed(&["\\f ndjson", "SELECT 1 AS a;"]).unwrap();
    assert_eq!((goes_on, text.as_str()), (true, "{\"a\":1}\n"));
    let text = shell.typed(&["\\d t"]).unwrap().1;
    assert!(text.contains("0,a,INT,true,,,,x\n"), "{text}");
    let text = shell.typed(&["\\d"]).unwrap().1;
    assert!(text.contains('t'), "{text}");
    assert!(shell.typed(&["\\l"]).unwrap().1.contains("default"));
    assert!(shell.typed(&["\\nonsense"]).is_err());
    assert!(shell.typed(&["SELECT nope;"]).is_err());
}
