//! Interleaved timing of two sides, and the table that is printed.

use std::io::Write;
use std::time::{Duration, Instant};

use datafusion::prelude::SessionContext;

use crate::{Args, Result};

/// Times of one side.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The least, in milliseconds.
    pub(crate) fn best(&self) -> f64 {
        self.0.iter().min().map_or(0.0, |d| d.as_secs_f64() * 1e3)
    }

    /// The median, in milliseconds.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted.get(sorted.len() / 2).map_or(0.0, |d| d.as_secs_f64() * 1e3)
    }
}

/// Runs a query to its end; returns the rows as text, to compare both sides.
pub(crate) async fn query(ctx: &SessionContext, sql: &str) -> Result<(Duration, String)> {
    let start = Instant::now();
    let batches = ctx.sql(sql).await?.collect().await?;
    let time = start.elapsed();
    Ok((time, arrow::util::pretty::pretty_format_batches(&batches)?.to_string()))
}

/// One line: what, both sides, ratio of the bests and of the medians.
pub(crate) fn report(what: &str, ours: &Times, plain: &Times, goal: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{what:<28} rimon {:>8.1} / {:>8.1} ms   plain {:>8.1} / {:>8.1} ms   ratio {:>5.2} / {:>5.2}   goal {goal}",
        ours.best(),
        ours.median(),
        plain.best(),
        plain.median(),
        ours.best() / plain.best().max(1e-6),
        ours.median() / plain.median().max(1e-6),
    )?;
    Ok(())
}

/// A line of text.
pub(crate) fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// A query for each side, `--reps` times after one run of warm-up, ABAB.
pub(crate) async fn compare(
    args: &Args,
    what: &str,
    (ours, our_sql): (&SessionContext, &str),
    (plain, plain_sql): (&SessionContext, &str),
    goal: &str,
) -> Result<()> {
    if args.only.as_ref().is_some_and(|only| !what.contains(only.as_str())) {
        return Ok(());
    }
    let (mut a, mut b) = (Times::default(), Times::default());
    for rep in 0..=args.reps {
        let ta = query(ours, our_sql).await?.0;
        let tb = query(plain, plain_sql).await?.0;
        if rep > 0 {
            a.push(ta);
            b.push(tb);
        }
    }
    report(what, &a, &b, goal)
}
