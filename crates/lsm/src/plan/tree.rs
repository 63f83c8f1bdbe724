//! Loser tree that takes whole segments: keys in order, for any keys.

use std::cmp::Ordering;
use std::ops::Range;

use super::cut::first_not;
use crate::bitmap::Bitmap;
use crate::key::KeyRun;

/// The head of a run, with the key inside so that most comparisons touch nothing else.
#[derive(Debug, Clone, Copy)]
struct Node<H> {
    head: H,
    /// Counts from the newest run down, so that the newest comes first among equals.
    age: u32,
}

/// Age of a run that has ended: behind all.
const ENDED: u32 = u32::MAX;

struct Tree<'a, K: KeyRun> {
    runs: &'a [K],
    rest: Vec<Range<usize>>,
    losers: Vec<Node<K::Head>>,
    winner: Node<K::Head>,
}

impl<'a, K: KeyRun> Tree<'a, K> {
    fn new(runs: &'a [K], rest: Vec<Range<usize>>) -> Self {
        let leaves = runs.len().next_power_of_two().max(2);
        let ended = Node { head: K::MAX_HEAD, age: ENDED };
        let mut tree = Self { runs, rest, losers: vec![ended; leaves], winner: ended };
        let mut level: Vec<_> = (0..leaves).map(|run| tree.node(run)).collect();
        while level.len() > 1 {
            let first = level.len() / 2;
            let pairs: Vec<_> = level.as_chunks::<2>().0.to_vec();
            level.clear();
            for (index, [a, b]) in pairs.into_iter().enumerate() {
                let (winner, loser) = if tree.before(&a, &b) { (a, b) } else { (b, a) };
                if let Some(slot) = tree.losers.get_mut(first + index) {
                    *slot = loser;
                }
                level.push(winner);
            }
        }
        tree.winner = level.first().copied().unwrap_or(ended);
        tree
    }

    fn run_of(&self, age: u32) -> usize {
        self.runs.len() - 1 - age as usize
    }

    /// The node for the next row of a run.
    fn node(&self, run: usize) -> Node<K::Head> {
        match (self.rest.get(run), self.runs.get(run)) {
            (Some(rest), Some(keys)) if !rest.is_empty() => {
                Node { head: keys.head(rest.start), age: (self.runs.len() - 1 - run) as u32 }
            }
            _ => Node { head: K::MAX_HEAD, age: ENDED },
        }
    }

    #[inline]
    fn before(&self, a: &Node<K::Head>, b: &Node<K::Head>) -> bool {
        match a.head.cmp(&b.head) {
            Ordering::Less => true,
            Ordering::Greater => false,
            Ordering::Equal if K::EXACT || a.age == ENDED || b.age == ENDED => a.age < b.age,
            Ordering::Equal => self
                .compare_tails(self.run_of(a.age), self.run_of(b.age))
                .then_with(|| a.age.cmp(&b.age))
                .is_lt(),
        }
    }

    #[inline(never)]
    #[expect(clippy::indexing_slicing, reason = "ages name runs that exist")]
    fn compare_tails(&self, a: usize, b: usize) -> Ordering {
        self.runs[a].compare_tail(self.rest[a].start, &self.runs[b], self.rest[b].start)
    }

    /// The least of the heads that are not the winner's.
    #[expect(clippy::indexing_slicing, reason = "hot: parents of a leaf lie inside the tree")]
    fn second(&self, run: usize) -> Node<K::Head> {
        let mut index = (run + self.losers.len()) >> 1;
        let mut least = self.losers[index];
        index >>= 1;
        while index >= 1 {
            let other = self.losers[index];
            if self.before(&other, &least) {
                least = other;
            }
            index >>= 1;
        }
        least
    }

    /// End of the winner's rows that come before every other head.
    #[expect(clippy::indexing_slicing, reason = "ages name runs that exist")]
    fn segment_end(&self, run: usize) -> usize {
        let second = self.second(run);
        let rows = self.rest[run].start + 1..self.rest[run].end;
        if second.age == ENDED {
            return rows.end;
        }
        let other = self.run_of(second.age);
        let (keys, bound, bound_row) = (&self.runs[run], &self.runs[other], self.rest[other].start);
        first_not(rows, |row| keys.compare(row, bound, bound_row).is_lt())
    }

    /// Advances the winning run to `next` and finds the new winner.
    #[expect(clippy::indexing_slicing, reason = "hot: parents of a leaf lie inside the tree")]
    fn advance(&mut self, run: usize, next: usize) {
        self.rest[run].start = next;
        let mut node = self.node(run);
        let mut index = (run + self.losers.len()) >> 1;
        while index >= 1 {
            let loser = self.losers[index];
            if self.before(&loser, &node) {
                self.losers[index] = node;
                node = loser;
            }
            index >>= 1;
        }
        self.winner = node;
    }
}

/// Sets the survivors among `rows` of `runs` (oldest first) and appends their runs in key order.
#[expect(clippy::indexing_slicing, reason = "hot: ages name runs that exist")]
pub(super) fn plan<K: KeyRun>(
    runs: &[K],
    rows: &[Range<usize>],
    survivors: &mut [Bitmap],
    mut order: Option<&mut Vec<u16>>,
) {
    let mut tree = Tree::new(runs, rows.to_vec());
    // Where the key taken last stands, to know its older versions by.
    let mut last: Option<(usize, usize)> = None;
    while tree.winner.age != ENDED {
        let run = tree.run_of(tree.winner.age);
        let row = tree.rest[run].start;
        let dead = last.is_some_and(|(r, at)| runs[run].compare(row, &runs[r], at).is_eq());
        if dead {
            tree.advance(run, row + 1);
            continue;
        }
        // Segments are looked for only where a run wins twice: in well-mixed keys they are short.
        let again = last.is_some_and(|(r, at)| r == run && at + 1 == row);
        let end = if again { tree.segment_end(run) } else { row + 1 };
        survivors[run].set_range(row..end);
        if let Some(order) = order.as_deref_mut() {
            order.extend(std::iter::repeat_n(run as u16, end - row));
        }
        last = Some((run, end - 1));
        tree.advance(run, end);
    }
}

/// Appends the runs of the rows that are known to survive, in key order. No key survives twice.
#[expect(clippy::indexing_slicing, reason = "hot: ages name runs that exist")]
pub(super) fn order<K: KeyRun>(
    runs: &[K],
    rows: &[Range<usize>],
    survivors: &[Bitmap],
    order: &mut Vec<u16>,
) {
    let first_alive = rows.iter().zip(survivors).map(|(r, s)| s.next_set(r.start, r.end)..r.end);
    let mut tree = Tree::new(runs, first_alive.collect());
    while tree.winner.age != ENDED {
        let run = tree.run_of(tree.winner.age);
        order.push(run as u16);
        let rest = tree.rest[run].clone();
        tree.advance(run, survivors[run].next_set(rest.start + 1, rest.end));
    }
}
