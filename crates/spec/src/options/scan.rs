//! Options of one read, given with the read and not kept with the table: `CoreOptions.java`, `scan.*` and `incremental-*`.

use indexmap::IndexMap;

use super::enums::{IncrementalMode, StartMode};
use super::read::{Reader, bad_value};
use crate::{Error, Result};

/// Which version or changes a read asks for, as its options say it. At most one is set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScanOptions {
    /// `scan.mode`, `Default` when not set.
    pub mode: StartMode,
    /// `scan.snapshot-id`.
    pub snapshot_id: Option<i64>,
    /// `scan.tag-name`.
    pub tag_name: Option<String>,
    /// `scan.version`: a tag, `watermark-<n>` or a snapshot id.
    pub version: Option<String>,
    /// `scan.timestamp-millis`.
    pub timestamp_millis: Option<i64>,
    /// `scan.timestamp`: a local time.
    pub timestamp: Option<String>,
    /// `scan.watermark`.
    pub watermark: Option<i64>,
    /// `incremental-between`: two snapshot ids or two tags, the first exclusive.
    pub between: Option<(String, String)>,
    /// `incremental-between-timestamp`: milliseconds or local times, the first exclusive.
    pub between_timestamps: Option<(String, String)>,
    /// `incremental-to-auto-tag`.
    pub to_auto_tag: Option<String>,
    /// `incremental-between-scan-mode`.
    pub between_mode: IncrementalMode,
    /// `incremental-between-tag-to-snapshot`: tags stand for their snapshots.
    pub tag_to_snapshot: bool,
}

const KEYS: [&str; 14] = [
    "scan.mode",
    "log.scan",
    "scan.snapshot-id",
    "scan.tag-name",
    "scan.version",
    "scan.timestamp-millis",
    "log.scan.timestamp-millis",
    "scan.timestamp",
    "scan.watermark",
    "incremental-between",
    "incremental-between-timestamp",
    "incremental-to-auto-tag",
    "incremental-between-scan-mode",
    "incremental-between-tag-to-snapshot",
];

impl ScanOptions {
    /// Takes the options of this kind out of `options`.
    ///
    /// # Errors
    /// `Invalid` names the option whose value is none, and options that contradict each other.
    pub fn take(options: &mut IndexMap<String, String>) -> Result<Self> {
        let mut own = IndexMap::new();
        for key in KEYS {
            own.extend(options.shift_remove(key).map(|value| (key.to_owned(), value)));
        }
        for key in ["scan.mode", "log.scan"] {
            if let Some(mode) = own.get_mut(key).filter(|mode| mode.eq_ignore_ascii_case("full")) {
                // an old word, which Java still takes
                "latest-full".clone_into(mode);
            }
        }
        let r = Reader(&own);
        let scan = Self {
            mode: match r.text(&["scan.mode"]) {
                Some(_) => r.word("scan.mode", StartMode::Default)?,
                None => r.word("log.scan", StartMode::Default)?,
            },
            snapshot_id: r.number(&["scan.snapshot-id"])?,
            tag_name: r.string(&["scan.tag-name"]),
            version: r.string(&["scan.version"]),
            timestamp_millis: r.number(&["scan.timestamp-millis", "log.scan.timestamp-millis"])?,
            timestamp: r.string(&["scan.timestamp"]),
            watermark: r.number(&["scan.watermark"])?,
            between: pair(&r, "incremental-between")?,
            between_timestamps: pair(&r, "incremental-between-timestamp")?,
            to_auto_tag: r.string(&["incremental-to-auto-tag"]),
            between_mode: r.word("incremental-between-scan-mode", IncrementalMode::Auto)?,
            tag_to_snapshot: r.flag(&["incremental-between-tag-to-snapshot"], false)?,
        };
        scan.check(&own)?;
        Ok(scan)
    }

    fn check(&self, own: &IndexMap<String, String>) -> Result<()> {
        let points: Vec<&str> = own
            .keys()
            .map(String::as_str)
            .filter(|k| {
                !matches!(
                    *k,
                    "scan.mode"
                        | "log.scan"
                        | "incremental-between-scan-mode"
                        | "incremental-between-tag-to-snapshot"
                )
            })
            .collect();
        if let [first, second, ..] = points.as_slice() {
            return Err(Error::invalid(format!(
                "options '{first}' and '{second}' ask for two versions of one table"
            )));
        }
        let fits = match self.mode {
            StartMode::Default => true,
            StartMode::FromTimestamp => self.timestamp_millis.is_some() || self.timestamp.is_some(),
            StartMode::FromSnapshot => {
                self.snapshot_id.is_some()
                    || self.tag_name.is_some()
                    || self.version.is_some()
                    || self.watermark.is_some()
            }
            StartMode::FromSnapshotFull => self.snapshot_id.is_some(),
            StartMode::Incremental => self.is_incremental(),
            _ => points.is_empty(),
        };
        if fits {
            return Ok(());
        }
        let needs = match self.mode {
            StartMode::FromTimestamp => "needs 'scan.timestamp-millis' or 'scan.timestamp'",
            StartMode::FromSnapshot => {
                "needs 'scan.snapshot-id', 'scan.tag-name', 'scan.version' or 'scan.watermark'"
            }
            StartMode::FromSnapshotFull => "needs 'scan.snapshot-id'",
            StartMode::Incremental => "needs one of the options 'incremental-*'",
            _ => "goes with no option that names a version",
        };
        Err(Error::invalid(format!("option 'scan.mode' = '{}' {needs}", self.mode)))
    }

    /// Whether changes between two versions are asked for.
    pub fn is_incremental(&self) -> bool {
        self.between.is_some() || self.between_timestamps.is_some() || self.to_auto_tag.is_some()
    }
}

fn pair(r: &Reader<'_>, key: &'static str) -> Result<Option<(String, String)>> {
    let Some((_, text)) = r.text(&[key]) else { return Ok(None) };
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    match parts.as_slice() {
        [from, to] if !from.is_empty() && !to.is_empty() => {
            Ok(Some(((*from).to_owned(), (*to).to_owned())))
        }
        _ => Err(bad_value(key, text, "'from,to', from exclusive,")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(options: &[(&str, &str)]) -> Result<ScanOptions> {
        let mut options = options.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let scan = ScanOptions::take(&mut options)?;
        assert!(options.keys().all(|k| k == "bucket"), "{options:?}");
        Ok(scan)
    }

    #[test]
    fn options_of_a_read_are_taken_out() {
        let scan = take(&[("bucket", "1"), ("incremental-between", "1, 5")]).unwrap();
        assert_eq!(scan.between, Some(("1".into(), "5".into())));
        assert!(scan.is_incremental());
        let scan = take(&[("scan.mode", "from-snapshot-full"), ("scan.snapshot-id", "3")]).unwrap();
        assert_eq!((scan.mode, scan.snapshot_id), (StartMode::FromSnapshotFull, Some(3)));
        assert_eq!(take(&[("scan.mode", "full")]).unwrap().mode, StartMode::LatestFull);
        assert_eq!(take(&[]).unwrap(), ScanOptions::default());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for options in [
            &[("incremental-between", "1")][..],
            &[("incremental-between", "1,2,3")],
            &[("scan.snapshot-id", "x")],
            &[("scan.snapshot-id", "1"), ("scan.tag-name", "t")],
            &[("scan.mode", "from-snapshot")],
            &[("scan.mode", "latest"), ("scan.snapshot-id", "1")],
            &[("scan.mode", "sometimes")],
            &[("incremental-between", "1,2"), ("incremental-between-scan-mode", "x")],
        ] {
            assert_eq!(take(options).unwrap_err().kind(), crate::ErrorKind::Invalid, "{options:?}");
        }
    }
}
