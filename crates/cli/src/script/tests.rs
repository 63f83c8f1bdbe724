use super::*;

fn texts(script: &str) -> Vec<String> {
    split(script).unwrap().into_iter().map(|statement| statement.text).collect()
}

#[test]
fn semicolons_in_quotes_and_comments_do_not_cut() {
    let script =
        "SELECT ';' , \"a;b\" -- ;\n , 1; /* ; */ SELECT 2 ;;\n; INSERT INTO t VALUES ('it''s;')";
    let expected =
        ["SELECT ';' , \"a;b\" -- ;\n , 1", "SELECT 2", "INSERT INTO t VALUES ('it''s;')"];
    assert_eq!(texts(script), expected);
    assert!(texts(" ;; -- nothing\n").is_empty());
}

#[test]
fn offsets_count_bytes_and_lines() {
    let script = "SELECT 'ä€😀';\r\n\r\nSELECT 'é' AS \"ü\"\n;";
    let statements = split(script).unwrap();
    assert_eq!(statements[0].text, "SELECT 'ä€😀'");
    assert_eq!(statements[1].text, "SELECT 'é' AS \"ü\"");
    assert_eq!((statements[0].line, statements[1].line), (1, 3));
}

#[test]
fn comments_before_a_statement_are_its_headings() {
    let statements =
        split("-- one\n--  two  \nSELECT 1; -- three\nselect 2 -- inside\n, 3;").unwrap();
    assert_eq!(statements[0].comments, ["one", " two"]);
    assert_eq!(statements[1].comments, ["three"]);
    assert_eq!(statements[1].keyword, "SELECT");
    assert!(statements[1].returns_rows());
    assert!(!split("INSERT INTO t VALUES (1)").unwrap()[0].returns_rows());
}

#[test]
fn a_text_that_is_not_closed_is_an_error_with_its_line() {
    let failure = split("SELECT 1;\nSELECT 'x").unwrap_err().to_string();
    assert!(failure.contains("at line 2"), "{failure}");
}
