use super::*;

/// Blocks of 100 rows each with the bounds given.
fn run<'a>(file: &'a Arc<dyn SortedFile>, bounds: &'a [(Value, Value)]) -> RunBlocks<'a> {
    let blocks = bounds.iter().enumerate().map(|(i, (min, max))| Block {
        min,
        max,
        rows: i as u64 * 100..(i as u64 + 1) * 100,
    });
    RunBlocks { rank: RunRank::ByAge, files: vec![(file, blocks.collect())] }
}

fn bounds(values: impl IntoIterator<Item = (i64, i64)>) -> Vec<(Value, Value)> {
    values.into_iter().map(|(a, b)| (Value::BigInt(a), Value::BigInt(b))).collect()
}

#[derive(Debug)]
struct NoFile(crate::ports::SortedFileMeta);

#[async_trait::async_trait]
impl SortedFile for NoFile {
    fn meta(&self) -> &crate::ports::SortedFileMeta {
        &self.0
    }

    async fn blocks(&self) -> Result<Arc<[KeyBlock]>> {
        Ok([].into())
    }

    async fn read_keys(
        &self,
        _: crate::ports::KeyParts,
        _: Range<u64>,
    ) -> Result<crate::ports::BatchStream> {
        Ok(Box::pin(futures::stream::empty()))
    }

    async fn read_values(&self, _: crate::ports::RowRanges) -> Result<crate::ports::BatchStream> {
        Ok(Box::pin(futures::stream::empty()))
    }
}

fn file() -> Arc<dyn SortedFile> {
    Arc::new(NoFile(crate::ports::SortedFileMeta {
        name: "f".into(),
        rows: 0,
        size: 0,
        min_key: vec![],
        max_key: vec![],
        min_sequence: 0,
        max_sequence: 0,
        delete_rows: None,
        level: 0,
        creation_time: None,
    }))
}

#[test]
fn components_join_what_overlaps_in_any_run() {
    let file = file();
    let a = bounds([(0, 9), (10, 19), (20, 29), (40, 49)]);
    // The point 19 touches the second block of `a` alone; 45 the last.
    let b = bounds([(19, 19), (45, 60)]);
    let found: Vec<_> = components(&[run(&file, &a), run(&file, &b)])
        .into_iter()
        .map(|c| (c.from.clone(), c.run, c.rows))
        .collect();
    assert_eq!(
        found,
        [
            (Value::BigInt(0), Some(0), 100),
            (Value::BigInt(10), None, 200),
            (Value::BigInt(20), Some(0), 100),
            (Value::BigInt(40), None, 200),
        ]
    );
}

#[test]
fn chunks_cover_every_block_and_know_whether_they_are_exact() {
    let file = file();
    let a = bounds((0..1000).map(|i| (i * 10, i * 10 + 9)));
    let b = bounds((0..500).map(|i| (i * 20 + 5, i * 20 + 24)));
    let sizes = CutSizes { tasks: 3, chunk_rows: 20_000, min_task_rows: 1 };
    let runs = [run(&file, &a), run(&file, &b)];
    let tasks = cut(&runs, sizes);
    assert_eq!(tasks.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3]);
    let mut last: Option<Value> = None;
    for chunk in tasks.iter().flatten() {
        assert_eq!(chunk.from, last);
        last.clone_from(&chunk.to);
        let [fine, coarse] = chunk.runs.as_slice() else { panic!("both runs are everywhere") };
        assert!(fine.exact, "cuts are at its blocks");
        assert_eq!(coarse.exact, chunk.from.is_none() && chunk.to.is_none());
        assert!(chunk.rows() < 17_500);
    }
    assert_eq!(last, None);
    assert_eq!(
        tasks
            .iter()
            .flatten()
            .map(|c| c.runs[0].parts[0].rows.end - c.runs[0].parts[0].rows.start)
            .sum::<u64>(),
        100_000
    );
}

#[test]
fn equal_first_columns_are_never_parted() {
    let file = file();
    let a = bounds([(1, 1), (1, 1), (1, 2), (2, 2)]);
    let b = bounds([(1, 1), (1, 2)]);
    let sizes = CutSizes { tasks: 6, chunk_rows: 100, min_task_rows: 1 };
    let tasks = cut(&[run(&file, &a), run(&file, &b)], sizes);
    let cuts: Vec<_> = tasks.iter().flatten().filter_map(|c| c.to.clone()).collect();
    assert!(cuts.iter().all(|cut| [Value::BigInt(1), Value::BigInt(2)].contains(cut)), "{cuts:?}");
    // One run needs no keys: its rows are cut anywhere.
    let single = cut(&[run(&file, &a)], sizes);
    assert_eq!(single.len(), 4);
    assert!(single.iter().flatten().all(|c| c.runs[0].exact && c.rows() == 100));
}
