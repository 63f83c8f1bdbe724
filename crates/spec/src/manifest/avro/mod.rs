//! Avro object container files, as much of Avro as manifests need: fields are matched by name with the schema in the
//! file's header, record names are ignored, unknown fields are skipped.

mod container;
mod cursor;
mod schema;
mod write;

pub(super) use container::{BlockWriter, Container};
pub(super) use cursor::Cursor;
pub(super) use schema::{Schema, Shape, ShapeField};
pub(super) use write::Sink;
