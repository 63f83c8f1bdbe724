//! Concurrent creation and alteration.

use super::{ensure, sample_table};
use crate::{Catalog, Identifier};
use futures::future::join_all;
use indexmap::IndexMap;
use rimon_spec::{Error, ErrorKind, Result, SchemaChange};
use std::sync::Arc;

const WRITERS: usize = 8;

pub(super) async fn check(catalog: &Arc<dyn Catalog>) -> Result<()> {
    catalog.create_database("race", &IndexMap::new(), false).await?;
    create(catalog).await?;
    alter(catalog).await?;
    catalog.drop_database("race", false, true).await
}

/// Runs `work` for every writer at once, each on its own task.
async fn at_once<F, W>(work: W) -> Result<Vec<Result<()>>>
where
    F: Future<Output = Result<()>> + Send + 'static,
    W: Fn(usize) -> F,
{
    let tasks = (0..WRITERS).map(|writer| tokio::spawn(work(writer)));
    let ended = join_all(tasks).await;
    let task = |e| Error::internal("a writer of the suite ended early").with_source(e);
    ended.into_iter().map(|r| r.map_err(task)).collect()
}

async fn create(catalog: &Arc<dyn Catalog>) -> Result<()> {
    let t = Identifier::new("race", "t")?;
    let results = at_once(|writer| {
        let (catalog, t) = (Arc::clone(catalog), t.clone());
        async move {
            let mut table = sample_table();
            // Tells the tables apart, so that the same bytes are not written twice.
            table.comment = Some(format!("of writer {writer}"));
            catalog.create_table(&t, table, false).await
        }
    });
    let results = results.await?;
    let won: Vec<usize> =
        results.iter().enumerate().filter(|(_, r)| r.is_ok()).map(|(writer, _)| writer).collect();
    let lost = |e: &Error| e.kind() == ErrorKind::AlreadyExists;
    ensure(
        results.iter().filter_map(|r| r.as_ref().err()).all(lost),
        "who does not create the table is told that it exists",
    )?;
    let comment = catalog.load_table(&t).await?.schema.comment.clone();
    let expected: Vec<_> = won.iter().map(|writer| Some(format!("of writer {writer}"))).collect();
    ensure(expected == [comment], "the table is that of the one who created it")
}

async fn alter(catalog: &Arc<dyn Catalog>) -> Result<()> {
    let t = Identifier::new("race", "t")?;
    let results = at_once(|writer| {
        let (catalog, t) = (Arc::clone(catalog), t.clone());
        async move {
            let column = SchemaChange::AddColumn {
                column: vec![format!("c{writer}")],
                data_type: rimon_spec::DataType {
                    nullable: true,
                    kind: rimon_spec::TypeKind::BigInt,
                },
                description: None,
                position: None,
            };
            catalog.alter_table(&t, &[column], false).await
        }
    });
    let done = results.await?.iter().filter(|r| r.is_ok()).count();
    let schema = catalog.load_table(&t).await?.schema;
    ensure(
        usize::try_from(schema.id).is_ok_and(|id| id == done)
            && schema.fields.len() == sample_table().columns.len() + done,
        "every alteration that was acknowledged is there",
    )?;
    ensure(done == WRITERS, "alterations that do not conflict all succeed")
}
