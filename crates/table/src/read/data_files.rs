//! Where the data files of a read are, and what their manifests say of their columns.

use std::sync::Arc;

use rimon_format::{FileRef, TextFile, TextFormat};
use rimon_metadata::Storage;
use rimon_spec::{DataField, DataFileMeta, Error, Result, TableSchema};

use super::compacted_changelog::part;
use super::outside::outside;
use super::table_read::TableRead;
use crate::plan::Split;
use crate::table::Table;

/// Where a data file, or one beside it, is: the table's storage, or one of its own, and the path in it.
///
/// # Errors
/// `Corrupt` for an external path that is none; `Unsupported` for one on a storage that this build does not have.
pub(super) fn place_of(
    table: &Table,
    split: &Split,
    file: &DataFileMeta,
    name: &str,
) -> Result<(Storage, String)> {
    match &file.external_path {
        Some(path) => Ok((outside(path)?.0, name.to_owned())),
        None => Ok((table.storage().clone(), format!("{}/{name}", split.directory_of(file)))),
    }
}

impl TableRead {
    /// Where a data file is.
    pub(super) fn file_ref(&self, split: &Split, file: &DataFileMeta) -> Result<FileRef> {
        let (storage, relative) = place_of(&self.table, split, file, &file.file_name)?;
        let size = u64::try_from(file.file_size)
            .map_err(|_| Error::corrupt("a file has a negative size").with("file", &relative))?;
        let name = format!("{}/{relative}", storage.location().trim_end_matches('/'));
        let store = storage.object_store().clone();
        if let Some(part) = part(&split.directory, &file.file_name)? {
            let path = storage.path(&part.path)?;
            return Ok(FileRef::new(store, path, part.length, name).with_offset(part.offset));
        }
        let found = FileRef::new(store, storage.path(&relative)?, size, name);
        match TextFormat::of(&file.file_name) {
            Some(format) => Ok(found.with_text(self.text_file(format, file)?)),
            None => Ok(found),
        }
    }

    /// What a file of lines does not say itself: the columns it was written with, and separators.
    fn text_file(&self, format: TextFormat, file: &DataFileMeta) -> Result<TextFile> {
        if self.table.has_primary_key() {
            let what = format!("files of format '{format:?}' in a table with a primary key");
            return Err(Error::unsupported(what.to_lowercase()).with("file", &file.file_name));
        }
        let all = &self.file_schema(file)?.fields;
        let fields = match &file.write_cols {
            Some(names) => {
                let found = names.iter().map(|n| all.iter().find(|f| f.name == *n).cloned());
                found.collect::<Option<Vec<DataField>>>().ok_or_else(|| {
                    Error::unsupported("a file of lines with columns beside the table's")
                        .with("file", &file.file_name)
                })?
            }
            None => all.clone(),
        };
        let options = self.table.schema().options.iter();
        let options = options.map(|(key, value)| (key.clone(), value.clone())).collect();
        Ok(TextFile { fields, options })
    }

    /// The schema a file was written with: only the columns that are in the file.
    pub(super) fn file_schema(&self, file: &DataFileMeta) -> Result<Arc<TableSchema>> {
        let schema = self.file_schemas.get(&file.schema_id).ok_or_else(|| {
            Error::internal(format!("schema {} was not loaded", file.schema_id))
                .with("file", &file.file_name)
        })?;
        let Some(columns) = &file.write_cols else { return Ok(schema.clone()) };
        let mut schema = TableSchema::clone(schema);
        schema.fields.retain(|f| columns.contains(&f.name));
        Ok(Arc::new(schema))
    }
}
