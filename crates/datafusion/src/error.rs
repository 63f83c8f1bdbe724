//! Errors of this workspace inside DataFusion's, and back.

use std::error::Error as StdError;
use std::fmt;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use rimon_spec::{Error, ErrorKind};

/// Marks an error after which nobody knows whether the commit took place: it may be visible, now or soon. Look for it
/// with [`is_outcome_unknown`].
#[derive(Debug)]
pub struct OutcomeUnknown(pub Error);

impl fmt::Display for OutcomeUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for OutcomeUnknown {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// Whether it is unknown if the commit took place that this error is about.
pub fn is_outcome_unknown(error: &(dyn StdError + 'static)) -> bool {
    let mut next = find(error).map(|e| e as &(dyn StdError + 'static));
    while let Some(error) = next {
        if error.is::<OutcomeUnknown>() {
            return true;
        }
        next = error.source();
    }
    false
}

/// Our error as DataFusion carries it; [`from_data_fusion`] finds it again.
pub fn to_data_fusion(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// A DataFusion error as ours: the one inside if there is one, else one of the kind that fits best, with
/// DataFusion's text.
pub fn from_data_fusion(error: DataFusionError) -> Error {
    if let Some(inner) = find(&error) {
        return copy_of(inner);
    }
    let kind = kind_of(&error);
    Error::new(kind, error.strip_backtrace())
}

/// The first of our errors on the way down its causes.
fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        let deeper = match error.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(inner)) => {
                Some(inner.as_ref() as &(dyn StdError + 'static))
            }
            Some(DataFusionError::Context(_, inner)) => Some(inner.as_ref() as _),
            Some(DataFusionError::Diagnostic(_, inner)) => Some(inner.as_ref() as _),
            Some(DataFusionError::Shared(inner)) => Some(inner.as_ref() as _),
            Some(DataFusionError::ArrowError(inner, _)) => Some(inner.as_ref() as _),
            Some(DataFusionError::Collection(all)) => all.first().map(|e| e as _),
            _ => None,
        };
        next = deeper.or_else(|| match error.downcast_ref::<ArrowError>() {
            Some(ArrowError::ExternalError(inner)) => Some(inner.as_ref() as _),
            _ => error.source(),
        });
    }
    None
}

fn copy_of(error: &Error) -> Error {
    let mut copy = Error::new(error.kind(), error.message());
    for (key, value) in error.context() {
        copy = copy.with(key, value);
    }
    if let Some(hint) = error.hint() {
        copy = copy.with_hint(hint);
    }
    match error.source() {
        Some(source) if source.is::<OutcomeUnknown>() => {
            copy.with_source(OutcomeUnknown(Error::new(error.kind(), source.to_string())))
        }
        Some(source) => copy.with_source(source.to_string()),
        None => copy,
    }
}

fn kind_of(error: &DataFusionError) -> ErrorKind {
    match error {
        DataFusionError::SQL(..)
        | DataFusionError::Plan(_)
        | DataFusionError::SchemaError(..)
        | DataFusionError::Configuration(_)
        | DataFusionError::Execution(_) => ErrorKind::Invalid,
        DataFusionError::NotImplemented(_) => ErrorKind::Unsupported,
        DataFusionError::ResourcesExhausted(_) => ErrorKind::ResourceExhausted,
        DataFusionError::IoError(_) | DataFusionError::ObjectStore(_) => ErrorKind::Unavailable,
        DataFusionError::ArrowError(inner, _) => match inner.as_ref() {
            ArrowError::CastError(_)
            | ArrowError::ParseError(_)
            | ArrowError::ComputeError(_)
            | ArrowError::ArithmeticOverflow(_)
            | ArrowError::DivideByZero
            | ArrowError::InvalidArgumentError(_) => ErrorKind::Invalid,
            ArrowError::NotYetImplemented(_) => ErrorKind::Unsupported,
            ArrowError::MemoryError(_) => ErrorKind::ResourceExhausted,
            _ => ErrorKind::Internal,
        },
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => {
            kind_of(inner)
        }
        DataFusionError::Shared(inner) => kind_of(inner),
        _ => ErrorKind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_error_survives_the_layers_of_data_fusion() {
        let ours = Error::corrupt("bad length").with("file", "manifest-1").with_hint("look");
        let wrapped = DataFusionError::Context("reading".into(), Box::new(to_data_fusion(ours)));
        let back = from_data_fusion(DataFusionError::ArrowError(
            Box::new(ArrowError::ExternalError(Box::new(wrapped))),
            None,
        ));
        assert_eq!(back.kind(), ErrorKind::Corrupt);
        assert_eq!(back.message(), "bad length");
        assert_eq!(back.context(), [("file", "manifest-1".to_string())]);
        assert_eq!(back.hint(), Some("look"));
    }

    #[test]
    fn an_unknown_outcome_stays_one() {
        let cause = Error::unavailable("timeout");
        let ours = Error::unavailable("unknown").with_source(OutcomeUnknown(cause));
        let wrapped = DataFusionError::Context("insert".into(), Box::new(to_data_fusion(ours)));
        assert!(is_outcome_unknown(&wrapped));
        assert!(is_outcome_unknown(&from_data_fusion(wrapped)));
        assert!(!is_outcome_unknown(&to_data_fusion(Error::unavailable("timeout"))));
    }

    #[test]
    fn plain_errors_get_a_kind() {
        let kind = |e| from_data_fusion(e).kind();
        assert_eq!(kind(DataFusionError::Plan("x".into())), ErrorKind::Invalid);
        assert_eq!(kind(DataFusionError::NotImplemented("x".into())), ErrorKind::Unsupported);
        assert_eq!(kind(DataFusionError::Internal("x".into())), ErrorKind::Internal);
    }
}
