//! One version of a table: what Java reads, and whether we read the same, in whole, in part and filtered.

use std::collections::BTreeMap;
use std::path::Path;

use futures::TryStreamExt;
use rimon_integration_tests::oracle::{Oracle, sorted_lines};
use rimon_integration_tests::random::Random;
use rimon_integration_tests::row::lines;
use rimon_metadata::{Branch, Storage, TableHandle};
use rimon_spec::{DataField, Error, ErrorKind, Predicate};
use rimon_table::{Table, Travel};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use super::filter::Filter;
use crate::tables::difference;

/// What was compared and what not.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Versions read in whole and equal.
    pub(super) equal: usize,
    /// Projections and filters that were equal.
    pub(super) parts: usize,
    /// Refusals by their message.
    pub(super) refused: BTreeMap<String, usize>,
    /// Versions that Java itself cannot read, by its message.
    pub(super) java_refused: BTreeMap<String, usize>,
}

impl Tally {
    /// Adds the counts of another one.
    pub(super) fn add(&mut self, other: Self) {
        self.equal += other.equal;
        self.parts += other.parts;
        for (all, more) in
            [(&mut self.refused, other.refused), (&mut self.java_refused, other.java_refused)]
        {
            for (message, count) in more {
                *all.entry(message).or_default() += count;
            }
        }
    }
}

/// A version to read.
#[derive(Debug, Clone)]
pub(super) struct Version {
    /// Arguments of Java's read.
    pub(super) java: Value,
    /// The same for us.
    pub(super) travel: Travel,
    /// Which branch.
    pub(super) branch: Option<String>,
}

impl Version {
    pub(super) fn latest() -> Self {
        Self { java: json!({}), travel: Travel::Latest, branch: None }
    }

    pub(super) fn snapshot(id: i64) -> Self {
        Self { java: json!({"snapshot": id}), travel: Travel::Snapshot(id), branch: None }
    }

    pub(super) fn tag(name: &str) -> Self {
        Self { java: json!({"tag": name}), travel: Travel::Tag(name.into()), branch: None }
    }

    pub(super) fn branch(name: &str) -> Self {
        let branch = Some(name.to_owned());
        Self { java: json!({"branch": name}), travel: Travel::Latest, branch }
    }
}

/// Compares the versions of one table.
pub(super) struct Judge<'a> {
    /// Java.
    pub(super) oracle: &'a mut Oracle,
    /// Runs our reads.
    pub(super) runtime: &'a Runtime,
    /// Folder of the warehouse.
    pub(super) warehouse: &'a Path,
    /// What came of it so far.
    pub(super) tally: Tally,
}

type Row = Map<String, Value>;

impl Judge<'_> {
    /// Compares a version; the rows are given back for filters to come. `Err` says how they differ.
    pub(super) fn compare(
        &mut self,
        random: &mut Random,
        version: &Version,
    ) -> Result<Vec<Row>, String> {
        let javas = match self.ask(version, json!({})) {
            Ok(rows) => rows,
            Err(message) => return self.java_refuses(version, message),
        };
        let rows: Vec<Row> =
            javas.iter().map(|l| serde_json::from_str(l).expect("a row")).collect();
        let Some((got, fields, exact)) = self.read(version, None, Predicate::True)? else {
            return Ok(rows);
        };
        same(&format!("{}", version.java), &got, &javas)?;
        if exact.is_some_and(|n| n != javas.len() as u64) {
            return Err(format!("{}: the plan counts {exact:?} rows", version.java));
        }
        self.tally.equal += 1;
        for _ in 0..2 {
            self.part(random, version, &fields, &rows)?;
        }
        Ok(rows)
    }

    /// A projection or a filter or both.
    fn part(
        &mut self,
        random: &mut Random,
        version: &Version,
        fields: &[DataField],
        rows: &[Row],
    ) -> Result<(), String> {
        let mut columns: Vec<String> = fields.iter().map(|f| f.name.clone()).collect();
        if random.one_in(2) {
            random.shuffle(&mut columns);
            columns.truncate(1 + random.below(fields.len()));
        }
        let filter = Filter::any(random, fields, rows).filter(|_| !random.one_in(4));
        let mut passing = Vec::new();
        for row in rows {
            let passes = filter.as_ref().map_or(Some(true), |f| f.passes(fields, row));
            let Some(passes) = passes else { return Ok(()) };
            passing.extend(passes.then_some(row));
        }
        let expected = sorted(passing.iter().map(|row| project(row, &columns)));
        let what = json!({"version": version.java, "projection": columns,
            "filter": filter.as_ref().map(|f| &f.java)});
        let ours = filter.as_ref().map_or(Predicate::True, |f| f.ours.clone());
        if let Some((got, ..)) = self.read(version, Some(&columns), ours)? {
            same(&format!("{what}"), &got, &expected)?;
            self.tally.parts += 1;
        }
        if let Some(filter) = filter.filter(|f| random.one_in(3) && f.for_java(fields)) {
            // what a filter means is what Java means by it; Java filters by columns that it was asked for only
            let expected = sorted(passing.into_iter().map(|row| json!(row).to_string()));
            if let Ok(javas) = self.ask(version, json!({"filter": filter.java})) {
                same(&format!("{what}, Java itself"), &javas, &expected)?;
            }
        }
        Ok(())
    }

    fn ask(&mut self, version: &Version, more: Value) -> Result<Vec<String>, String> {
        let mut arguments = version.java.clone();
        if let (Some(all), Value::Object(more)) = (arguments.as_object_mut(), more) {
            all.extend(more);
        }
        match self.oracle.ask(self.warehouse, super::play::TABLE, "read", arguments) {
            Ok(rows) => Ok(sorted_lines(&rows)),
            Err(refused) => Err(refused.error),
        }
    }

    fn java_refuses(&mut self, version: &Version, message: String) -> Result<Vec<Row>, String> {
        let message: String = message.chars().take(120).collect();
        *self.tally.java_refused.entry(message).or_default() += 1;
        // whatever we say of it, it is an answer
        let _ = self.read_anyway(version, None, Predicate::True)?;
        Ok(Vec::new())
    }

    /// Our rows, columns and count of a version; `None` when the read is refused by name.
    fn read(
        &mut self,
        version: &Version,
        columns: Option<&[String]>,
        predicate: Predicate,
    ) -> Result<Option<OurRead>, String> {
        match self.read_anyway(version, columns, predicate)? {
            Ok(read) => Ok(Some(read)),
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                let message: String = error.message().chars().take(160).collect();
                *self.tally.refused.entry(message).or_default() += 1;
                Ok(None)
            }
            Err(error) => Err(format!("{}: we fail: {error:?}", version.java)),
        }
    }

    fn read_anyway(
        &mut self,
        version: &Version,
        columns: Option<&[String]>,
        predicate: Predicate,
    ) -> Result<Result<OurRead, Error>, String> {
        let directory = self.warehouse.join(super::play::DIRECTORY).display().to_string();
        let (version, columns) = (version.clone(), columns.map(<[String]>::to_vec));
        let what = version.java.clone();
        let task = self.runtime.spawn(async move {
            let storage = Storage::open(&directory, &Default::default())?;
            let branch = version.branch.as_deref().map_or(Ok(Branch::default()), Branch::new)?;
            let table = Table::new(TableHandle::open(storage, branch).await?)?;
            let table = table.at(&version.travel).await?;
            ours(&table, columns, predicate).await
        });
        self.runtime.block_on(task).map_err(|panic| format!("{what}: PANIC {panic}"))
    }
}

/// Rows, columns, and the count that the plan knew.
type OurRead = (Vec<String>, Vec<DataField>, Option<u64>);

async fn ours(
    table: &Table,
    columns: Option<Vec<String>>,
    predicate: Predicate,
) -> Result<OurRead, Error> {
    let mut fields = table.schema().fields.clone();
    let mut scan = table.scan().filter(predicate);
    if let Some(columns) = columns {
        fields = columns.iter().filter_map(|c| table.schema().field(c).cloned()).collect();
        scan = scan.select(columns);
    }
    let exact = scan.clone().plan().await?.exact_rows();
    let batches: Vec<_> = scan.stream().await?.try_collect().await?;
    let mut rows: Vec<String> = batches.iter().flat_map(|b| lines(b, &fields)).collect();
    rows.sort();
    Ok((rows, fields, exact))
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}

fn project(row: &Row, columns: &[String]) -> String {
    let mut out = Map::new();
    out.insert("_kind".into(), row["_kind"].clone());
    for column in columns {
        out.insert(column.clone(), row[column].clone());
    }
    Value::Object(out).to_string()
}

fn same(what: &str, got: &[String], expected: &[String]) -> Result<(), String> {
    match difference(got, expected) {
        Some(how) => Err(format!("{what}: {how}")),
        None => Ok(()),
    }
}
