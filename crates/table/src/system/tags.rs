//! `$tags`: `TagsTable.java`.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use rimon_spec::{Result, Snapshot};

use super::{failed, millis, nullable, required};
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        required("tag_name", DataType::Utf8),
        required("snapshot_id", DataType::Int64),
        required("schema_id", DataType::Int64),
        required("commit_time", millis()),
        nullable("record_count", DataType::Int64),
        nullable("create_time", millis()),
        nullable("time_retained", DataType::Utf8),
    ]))
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let all = table.handle().tags().all().await?;
    let long = |f: &dyn Fn(&Snapshot) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(all.iter().map(|(_, tag)| f(&tag.snapshot))))
    };
    let committed = all.iter().map(|(_, tag)| tag.snapshot.time_millis);
    let created = all.iter().map(|(_, tag)| tag.create_time.map(|time| time.millis));
    let retained = all.iter().map(|(_, tag)| tag.time_retained.map(java_duration));
    let columns = vec![
        Arc::new(StringArray::from_iter_values(all.iter().map(|(name, _)| name))) as ArrayRef,
        long(&|s| s.id),
        long(&|s| s.schema_id),
        Arc::new(TimestampMillisecondArray::from_iter_values(committed)),
        long(&|s| s.total_record_count),
        Arc::new(created.collect::<TimestampMillisecondArray>()),
        Arc::new(retained.collect::<StringArray>()),
    ];
    RecordBatch::try_new(schema(), columns).map_err(failed)
}

/// `Duration.toString`: `PT2400H`, `PT1M0.5S`.
fn java_duration(duration: Duration) -> String {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = "PT".to_owned();
    if hours > 0 {
        text.push_str(&format!("{hours}H"));
    }
    if minutes > 0 {
        text.push_str(&format!("{minutes}M"));
    }
    if seconds == 0 && nanos == 0 && text.len() > 2 {
        return text;
    }
    text.push_str(&seconds.to_string());
    if nanos > 0 {
        text.push('.');
        text.push_str(format!("{nanos:09}").trim_end_matches('0'));
    }
    text.push('S');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_as_in_java() {
        assert_eq!(java_duration(Duration::ZERO), "PT0S");
        assert_eq!(java_duration(Duration::from_secs(8_640_000)), "PT2400H");
        assert_eq!(java_duration(Duration::from_secs(61)), "PT1M1S");
        assert_eq!(java_duration(Duration::from_millis(3_660_500)), "PT1H1M0.5S");
    }
}
