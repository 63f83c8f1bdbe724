//! Values of Thrift's types.

use indexmap::IndexMap;

/// Types as the protocol numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    Byte,
    Double,
    I16,
    I32,
    I64,
    /// Strings and bytes.
    Text,
    Struct,
    Map,
    Set,
    List,
}

impl Type {
    pub(super) fn code(self) -> u8 {
        match self {
            Type::Bool => 2,
            Type::Byte => 3,
            Type::Double => 4,
            Type::I16 => 6,
            Type::I32 => 8,
            Type::I64 => 10,
            Type::Text => 11,
            Type::Struct => 12,
            Type::Map => 13,
            Type::Set => 14,
            Type::List => 15,
        }
    }

    pub(super) fn of_code(code: u8) -> Option<Self> {
        Some(match code {
            2 => Type::Bool,
            3 => Type::Byte,
            4 => Type::Double,
            6 => Type::I16,
            8 => Type::I32,
            10 => Type::I64,
            11 => Type::Text,
            12 => Type::Struct,
            13 => Type::Map,
            14 => Type::Set,
            15 => Type::List,
            _ => return None,
        })
    }

    /// The fewest bytes that a value takes.
    pub(super) fn least_bytes(self) -> u64 {
        match self {
            Type::Bool | Type::Byte | Type::Struct => 1,
            Type::I16 => 2,
            Type::I32 | Type::Text => 4,
            Type::I64 | Type::Double => 8,
            Type::Set | Type::List => 5,
            Type::Map => 6,
        }
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Bool(bool),
    Byte(i8),
    Double(f64),
    I16(i16),
    I32(i32),
    I64(i64),
    /// A string, or bytes: the protocol does not tell.
    Text(Vec<u8>),
    Struct(Struct),
    Map(Type, Type, Vec<(Value, Value)>),
    Set(Type, Vec<Value>),
    List(Type, Vec<Value>),
}

impl Value {
    pub(super) fn kind(&self) -> Type {
        match self {
            Value::Bool(_) => Type::Bool,
            Value::Byte(_) => Type::Byte,
            Value::Double(_) => Type::Double,
            Value::I16(_) => Type::I16,
            Value::I32(_) => Type::I32,
            Value::I64(_) => Type::I64,
            Value::Text(_) => Type::Text,
            Value::Struct(_) => Type::Struct,
            Value::Map(..) => Type::Map,
            Value::Set(..) => Type::Set,
            Value::List(..) => Type::List,
        }
    }

    /// A string.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into().into_bytes())
    }

    /// A list of strings.
    pub(crate) fn texts<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Self {
        Value::List(Type::Text, items.into_iter().map(Value::text).collect())
    }

    /// A list of structs.
    pub(crate) fn structs(items: impl IntoIterator<Item = Struct>) -> Self {
        Value::List(Type::Struct, items.into_iter().map(Value::Struct).collect())
    }

    /// A map of strings.
    pub(crate) fn properties(map: &IndexMap<String, String>) -> Self {
        let entry = |(k, v): (&String, &String)| (Value::text(k), Value::text(v));
        Value::Map(Type::Text, Type::Text, map.iter().map(entry).collect())
    }

    /// The string; bytes that are no UTF-8 are shown replaced.
    pub(crate) fn to_text(&self) -> Option<String> {
        match self {
            Value::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }
}

/// Fields by id, in the order they came.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Struct {
    fields: Vec<(i16, Value)>,
}

impl Struct {
    /// The same with a field.
    #[must_use]
    pub(crate) fn with(mut self, id: i16, value: Value) -> Self {
        self.set(id, value);
        self
    }

    /// Sets a field.
    pub(crate) fn set(&mut self, id: i16, value: Value) {
        match self.fields.iter_mut().find(|(i, _)| *i == id) {
            Some((_, old)) => *old = value,
            None => self.fields.push((id, value)),
        }
    }

    /// Takes a field out.
    pub(crate) fn remove(&mut self, id: i16) {
        self.fields.retain(|(i, _)| *i != id);
    }

    /// All fields.
    pub(crate) fn fields(&self) -> &[(i16, Value)] {
        &self.fields
    }

    /// A field; `None` if it is not set.
    pub(crate) fn get(&self, id: i16) -> Option<&Value> {
        self.fields.iter().find(|(i, _)| *i == id).map(|(_, value)| value)
    }

    /// The string of a field.
    pub(crate) fn text(&self, id: i16) -> Option<String> {
        self.get(id).and_then(Value::to_text)
    }

    /// The number of a field, of whatever width.
    pub(crate) fn number(&self, id: i16) -> Option<i64> {
        match self.get(id)? {
            Value::Byte(v) => Some(i64::from(*v)),
            Value::I16(v) => Some(i64::from(*v)),
            Value::I32(v) => Some(i64::from(*v)),
            Value::I64(v) => Some(*v),
            _ => None,
        }
    }

    /// The struct of a field.
    pub(crate) fn inner(&self, id: i16) -> Option<&Struct> {
        match self.get(id)? {
            Value::Struct(inner) => Some(inner),
            _ => None,
        }
    }

    /// The elements of a list or set; none if the field is not set.
    pub(crate) fn items(&self, id: i16) -> &[Value] {
        match self.get(id) {
            Some(Value::List(_, items) | Value::Set(_, items)) => items,
            _ => &[],
        }
    }

    /// The structs of a list.
    pub(crate) fn structs(&self, id: i16) -> Vec<Struct> {
        let inner = |v: &Value| match v {
            Value::Struct(inner) => Some(inner.clone()),
            _ => None,
        };
        self.items(id).iter().filter_map(inner).collect()
    }

    /// The entries of a map of strings, sorted by key.
    pub(crate) fn properties(&self, id: i16) -> IndexMap<String, String> {
        let Some(Value::Map(_, _, entries)) = self.get(id) else { return IndexMap::new() };
        let pair = |(k, v): &(Value, Value)| Some((k.to_text()?, v.to_text()?));
        let mut map: IndexMap<_, _> = entries.iter().filter_map(pair).collect();
        map.sort_keys();
        map
    }
}
