//! `tag/tag-<name>`: format.md §2.3, `org.apache.paimon.tag.Tag`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::value::calendar::{days_from_civil, days_in_month};
use crate::{Error, Result, Snapshot, Timestamp};

/// A snapshot kept under a name, and for how long.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// When the tag was made, in the zone of whoever made it; only tags with a retention have it.
    pub create_time: Option<Timestamp>,
    /// How long it is to be kept; for ever if absent.
    pub time_retained: Option<Duration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extra {
    #[serde(default)]
    tag_create_time: Option<Json>,
    #[serde(default)]
    tag_time_retained: Option<Json>,
}

impl Tag {
    /// Reads a tag file.
    ///
    /// # Errors
    /// As [`Snapshot::from_json`]; `Corrupt` for a time or duration that is none.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let snapshot = Snapshot::from_json(bytes)?;
        let extra: Extra = serde_json::from_slice(bytes)
            .map_err(|e| Error::corrupt("not a tag").with_source(e))?;
        let wrong = |key: &str, json: &Json| {
            Error::corrupt(format!("{key} of a tag cannot be read")).with("value", json)
        };
        let create_time = extra.tag_create_time.filter(|json| !json.is_null());
        let time_retained = extra.tag_time_retained.filter(|json| !json.is_null());
        Ok(Self {
            snapshot,
            create_time: create_time
                .map(|json| local_date_time(&json).ok_or_else(|| wrong("tagCreateTime", &json)))
                .transpose()?,
            time_retained: time_retained
                .map(|json| duration(&json).ok_or_else(|| wrong("tagTimeRetained", &json)))
                .transpose()?,
        })
    }
}

/// `[year, month, day, hour, minute, second, nanosecond]`, the last two absent when zero.
fn local_date_time(json: &Json) -> Option<Timestamp> {
    let parts: Option<Vec<i64>> = json.as_array()?.iter().map(Json::as_i64).collect();
    let parts = parts?;
    let (&[year, month, day, hour, minute], rest) = parts.split_first_chunk::<5>()?;
    let (second, nano) = match rest {
        [] => (0, 0),
        [second] => (*second, 0),
        [second, nano] => (*second, *nano),
        _ => return None,
    };
    let month = u32::try_from(month).ok().filter(|m| (1..=12).contains(m))?;
    let last = days_in_month(year, month);
    let day = u32::try_from(day).ok().filter(|d| (1..=last).contains(d))?;
    let in_range = (-9999..=9999).contains(&year)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second)
        && (0..1_000_000_000).contains(&nano);
    if !in_range {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Timestamp {
        millis: seconds * 1000 + nano / 1_000_000,
        nano_of_milli: i32::try_from(nano % 1_000_000).ok()?,
    })
}

/// Seconds with a fraction, as Jackson writes a `Duration`.
fn duration(json: &Json) -> Option<Duration> {
    match json.as_u64() {
        Some(seconds) => Some(Duration::from_secs(seconds)),
        None => Duration::try_from_secs_f64(json.as_f64()?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(extra: &str) -> Result<Tag> {
        let text = format!(
            r#"{{"version":3,"id":1,"schemaId":0,"baseManifestList":"b","deltaManifestList":"d",
            "commitUser":"u","commitIdentifier":1,"commitKind":"APPEND","timeMillis":5{extra}}}"#
        );
        Tag::from_json(text.as_bytes())
    }

    #[test]
    fn times_are_read_as_java_writes_them() {
        let plain = tag("").unwrap();
        assert_eq!((plain.create_time, plain.time_retained), (None, None));
        let full =
            tag(r#","tagCreateTime":[1970,1,2,0,0,1,5000007],"tagTimeRetained":8640000.000000000"#)
                .unwrap();
        let expected = Timestamp { millis: 86_401_005, nano_of_milli: 7 };
        assert_eq!(full.create_time, Some(expected));
        assert_eq!(full.time_retained, Some(Duration::from_secs(8_640_000)));
        let short = tag(r#","tagCreateTime":[1970,1,1,0,1],"tagTimeRetained":1.5"#).unwrap();
        assert_eq!(short.create_time, Some(Timestamp::from_millis(60_000)));
        assert_eq!(short.time_retained, Some(Duration::from_millis(1500)));
    }

    #[test]
    fn other_times_are_corrupt() {
        for bad in [
            r#","tagCreateTime":[1970,13,1,0,1]"#,
            r#","tagCreateTime":[1970,2,30,0,1]"#,
            r#","tagCreateTime":[1970]"#,
            r#","tagCreateTime":"now""#,
            r#","tagTimeRetained":-1"#,
            r#","tagTimeRetained":"long""#,
        ] {
            assert_eq!(tag(bad).unwrap_err().kind(), crate::ErrorKind::Corrupt, "{bad}");
        }
    }
}
