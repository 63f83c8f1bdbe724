use std::sync::Arc;

use super::*;

fn nested(error: Error) -> DataFusionError {
    let external = DataFusionError::External(Box::new(error));
    let io = io::Error::other(external);
    let arrow = ArrowError::ExternalError(Box::new(io));
    let inner = DataFusionError::ArrowError(Box::new(arrow), None);
    DataFusionError::Context("reading".into(), Box::new(DataFusionError::Shared(Arc::new(inner))))
}

#[test]
fn our_error_is_found_through_all_wrappers() {
    let failure = Failure::from(nested(Error::corrupt("bad magic").with("file", "snapshot-3")));
    assert_eq!(failure.exit(), 5);
    assert_eq!(failure.to_string(), "error: bad magic (file: snapshot-3)\n");
    assert_eq!(Failure::from(nested(Error::conflict("x"))).exit(), 3);
    let unknown = Failure::from(nested(Error::outcome_unknown("x")));
    assert_eq!(unknown.exit(), 4);
    assert!(unknown.to_string().contains("hint: look at"));
    assert_eq!(Failure::from(nested(Error::not_found("x"))).exit(), 1);
}

#[test]
fn the_cause_is_one_line_without_control_characters() {
    let failure =
        Failure::new("first\n   second\u{1b}[31m").or_hint("do\nthis").or_hint("not this");
    assert_eq!(failure.to_string(), "error: first second [31m\nhint: do this\n");
}

#[test]
fn wrappers_of_datafusion_are_not_shown() {
    let plan = DataFusionError::Plan("table 'paimon.default.x' not found".into());
    let failure = Failure::from(DataFusionError::Context(String::new(), Box::new(plan)));
    assert!(failure.to_string().starts_with("error: table 'paimon.default.x' not found\nhint: "));
    assert_eq!(failure.exit(), 1);
}

#[test]
fn a_broken_pipe_is_told_apart() {
    let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
    assert!(Failure::from(pipe()).is_broken_pipe());
    assert!(Failure::from(ArrowError::IoError("x".into(), pipe())).is_broken_pipe());
    assert!(!Failure::from(io::Error::other("x")).is_broken_pipe());
}
