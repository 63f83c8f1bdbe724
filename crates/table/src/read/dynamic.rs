//! Filters that become known while a query runs: the greatest values found so far, the keys of a join's other side.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use rimon_spec::{DataFileMeta, Predicate, TableSchema, Value};

use super::table_read::TableRead;
use crate::plan::{FileFilter, Split};

/// A filter on the columns of a read that may get stricter. It is asked whenever a file is opened, and may be used to
/// skip whatever cannot pass: the caller has no use for rows that do not.
#[derive(Clone)]
pub struct LateFilter(Arc<dyn Fn() -> Predicate + Send + Sync>);

impl LateFilter {
    /// What `ask` gives at the time.
    pub fn new(ask: impl Fn() -> Predicate + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }
}

impl fmt::Debug for LateFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LateFilter")
    }
}

/// What such a filter says of one file.
#[derive(Debug, Clone)]
pub(super) struct Late {
    filter: Option<LateFilter>,
    schema: Arc<TableSchema>,
    file_schemas: Arc<HashMap<i64, Arc<TableSchema>>>,
    partition: Arc<[Value]>,
    file: Arc<DataFileMeta>,
}

impl Late {
    /// Of a file of a split, without a filter yet.
    pub(super) fn of(read: &TableRead, split: &Split, file: &DataFileMeta) -> Self {
        Self {
            filter: None,
            schema: read.table_schema().clone(),
            file_schemas: read.file_schemas.clone(),
            partition: split.partition.clone(),
            file: Arc::new(file.clone()),
        }
    }

    pub(super) fn set(&mut self, filter: &LateFilter) {
        self.filter = Some(filter.clone());
    }

    /// The filter of now; [`Predicate::False`] when the statistics of the file exclude every row.
    pub(super) fn predicate(&self) -> Predicate {
        let Some(LateFilter(ask)) = &self.filter else { return Predicate::True };
        let keys = &self.schema.partition_keys;
        let rest = ask().given(&|name| {
            let at = keys.iter().position(|key| key == name)?;
            self.partition.get(at).cloned()
        });
        let files = FileFilter::new(&self.schema, &self.file_schemas, false, &rest);
        if files.stats_may_match(&self.file) { rest } else { Predicate::False }
    }
}
