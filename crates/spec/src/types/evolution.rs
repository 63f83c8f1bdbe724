//! Which types may become which: `DataTypeCasts.java`, `CastExecutors.java`.

use super::{DataType, MAX_LENGTH, TypeKind};

/// How a type may become another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CastSupport {
    /// The same type.
    Identity,
    /// Without losing information, or nearly so.
    Implicit,
    /// Only when asked for: values may be lost.
    Explicit,
    /// Never.
    None,
}

impl DataType {
    /// How this type may become `target`, whatever the nullability of either (`DataTypeCasts.supportsCast`).
    pub fn cast_support(&self, target: &Self) -> CastSupport {
        if self.same_kind(target) {
            CastSupport::Identity
        } else if implicit(self, target) {
            CastSupport::Implicit
        } else if explicit(self, target) {
            CastSupport::Explicit
        } else {
            CastSupport::None
        }
    }

    /// Whether ALTER TABLE may change a column of this type to `target`; `explicit` as
    /// `disable-explicit-type-casting`=false. Nested types never change as a whole.
    pub fn can_become(&self, target: &Self, explicit: bool) -> bool {
        if self.nullable && !target.nullable && !explicit {
            return false;
        }
        match self.cast_support(target) {
            CastSupport::Identity => true,
            CastSupport::Implicit => executable(self, target),
            CastSupport::Explicit => explicit && executable(self, target),
            CastSupport::None => false,
        }
    }
}

fn is_tiny(t: &DataType) -> bool {
    t.kind == TypeKind::TinyInt
}

fn implicit(from: &DataType, to: &DataType) -> bool {
    match &to.kind {
        TypeKind::Char { .. } => matches!(from.kind, TypeKind::Char { .. }),
        TypeKind::VarChar { .. } => from.is_string(),
        TypeKind::Binary { .. } => matches!(from.kind, TypeKind::Binary { .. }),
        TypeKind::VarBinary { .. } => from.is_binary(),
        TypeKind::Decimal { .. } | TypeKind::Double => from.is_numeric(),
        TypeKind::SmallInt => is_tiny(from),
        TypeKind::Int => is_tiny(from) || from.kind == TypeKind::SmallInt,
        TypeKind::BigInt => from.is_integer(),
        TypeKind::Float => from.is_integer() || matches!(from.kind, TypeKind::Decimal { .. }),
        TypeKind::Date => matches!(from.kind, TypeKind::Timestamp { .. }),
        TypeKind::Time { .. } => {
            matches!(from.kind, TypeKind::Time { .. } | TypeKind::Timestamp { .. })
        }
        TypeKind::Timestamp { .. } | TypeKind::LocalZonedTimestamp { .. } => from.is_timestamp(),
        _ => false,
    }
}

fn explicit(from: &DataType, to: &DataType) -> bool {
    let boolean = from.kind == TypeKind::Boolean;
    match &to.kind {
        TypeKind::Char { .. } | TypeKind::VarChar { .. } => {
            !matches!(from.kind, TypeKind::Opaque(_))
        }
        TypeKind::Boolean => from.is_string() || from.is_integer(),
        TypeKind::Binary { .. } | TypeKind::VarBinary { .. } => {
            from.is_string() || from.is_binary()
        }
        TypeKind::Decimal { .. } | TypeKind::Double => {
            from.is_string() || boolean || from.is_timestamp()
        }
        TypeKind::TinyInt
        | TypeKind::SmallInt
        | TypeKind::Int
        | TypeKind::BigInt
        | TypeKind::Float => {
            from.is_numeric() || from.is_string() || boolean || from.is_timestamp()
        }
        TypeKind::Date => from.is_timestamp() || from.is_string(),
        TypeKind::Time { .. } => from.is_timestamp() || from.is_string(),
        TypeKind::Timestamp { .. } | TypeKind::LocalZonedTimestamp { .. } => {
            from.is_datetime() || from.is_string() || from.is_numeric()
        }
        _ => false,
    }
}

/// Whether Java has an executor for a cast that its table of casts permits (`CastExecutors.resolve`).
fn executable(from: &DataType, to: &DataType) -> bool {
    let text = matches!(from.kind, TypeKind::Array(_) | TypeKind::Map { .. } | TypeKind::Row(_));
    if !(from.is_scalar() || text && to.is_string()) || !to.is_scalar() {
        return false;
    }
    if from.is_timestamp() && to.is_numeric() {
        return matches!(to.kind, TypeKind::Int | TypeKind::BigInt);
    }
    // DATE, TIME and TIMESTAMP become a STRING without a limit only.
    if from.is_datetime() && to.is_string() {
        return to.kind == TypeKind::VarChar { length: MAX_LENGTH };
    }
    !(from.is_numeric() && to.is_timestamp())
        || matches!(from.kind, TypeKind::Int | TypeKind::BigInt)
}
