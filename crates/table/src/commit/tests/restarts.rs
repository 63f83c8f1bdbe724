//! A job that is restarted and commits again what it has.

use rimon_spec::ErrorKind;

use super::fixture::{Make, add, live_names};
use crate::commit::CommitOutcome;
use crate::table::Table;
use crate::write::CommitMessage;

fn checkpoint(dir: &tempfile::TempDir, name: &str) -> Vec<CommitMessage> {
    let bucket = dir.path().join("bucket-0");
    std::fs::create_dir_all(&bucket).unwrap();
    std::fs::write(bucket.join(name), b"rows").unwrap();
    vec![add(&[name])]
}

async fn made(table: &Table, commits: &[(i64, Vec<CommitMessage>)]) -> Vec<i64> {
    let outcomes = table.committer("job").filter_and_commit(commits.to_vec()).await.unwrap();
    let made = outcomes.iter().filter(|(_, o)| matches!(o, CommitOutcome::Committed(_)));
    made.map(|(id, _)| *id).collect()
}

#[tokio::test]
async fn each_commit_is_made_once() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().table(&dir).await;
    let all: Vec<_> = (1..=3).map(|id| (id, checkpoint(&dir, &format!("f{id}")))).collect();
    let _ = table.committer("job").commit(1, all[0].1.clone()).await.unwrap();
    // any order, and messages that went over the wire
    let wire = |messages: &Vec<CommitMessage>| {
        let bytes = messages[0].to_bytes().unwrap();
        vec![CommitMessage::from_bytes(CommitMessage::VERSION, &bytes).unwrap()]
    };
    let turned: Vec<_> = all.iter().rev().map(|(id, m)| (*id, wire(m))).collect();
    assert_eq!(made(&table, &turned).await, [2, 3]);
    assert_eq!(made(&table, &all).await, [0_i64; 0]);
    assert_eq!(live_names(&table).await, ["f1", "f2", "f3"]);
    // another job has identifiers of its own
    let other = checkpoint(&dir, "g1");
    let outcomes = table.committer("other").filter_and_commit([(1, other)]).await.unwrap();
    assert!(matches!(outcomes[0].1, CommitOutcome::Committed(_)));
}

#[tokio::test]
async fn a_commit_whose_files_are_gone_is_not_made() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().table(&dir).await;
    let all: Vec<_> = (1..=2).map(|id| (id, checkpoint(&dir, &format!("f{id}")))).collect();
    std::fs::remove_file(dir.path().join("bucket-0/f1")).unwrap();
    let error = table.committer("job").filter_and_commit(all).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("f1"), "{error}");
    assert!(live_names(&table).await.is_empty());
}
