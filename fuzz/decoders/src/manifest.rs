//! Manifests, manifest lists and index manifests, and so Avro's container, codecs and schemas.

use rimon_spec::Result;
use rimon_spec::manifest::codec::{
    AvroCodec, decode_manifest, decode_manifest_index, decode_manifest_list, encode_manifest,
    encode_manifest_index, encode_manifest_list,
};

use crate::fair;

fn round_trip<T: std::fmt::Debug + PartialEq>(
    bytes: &[u8],
    decode: fn(&[u8], &str) -> Result<Vec<T>>,
    encode: fn(&[T], &AvroCodec) -> Result<Vec<u8>>,
) -> Option<Vec<T>> {
    let entries = fair(decode(bytes, "m"))?;
    let codec = AvroCodec::from_option("null", 1).expect("a codec");
    let written = encode(&entries, &codec).expect("what was read can be written");
    let again = decode(&written, "m").expect("what was written can be read");
    assert!(entries == again, "what was read is not what was written");
    Some(entries)
}

/// `manifest-UUID-N`.
pub(crate) fn manifest(bytes: &[u8]) {
    let Some(entries) = round_trip(bytes, decode_manifest, encode_manifest) else { return };
    fair(rimon_spec::manifest::merge_entries(entries.clone()));
    drop(rimon_spec::manifest::live_entries(entries));
}

/// `manifest-list-UUID-N`.
pub(crate) fn manifest_list(bytes: &[u8]) {
    round_trip(bytes, decode_manifest_list, encode_manifest_list);
}

/// `index-manifest-UUID-N`.
pub(crate) fn index_manifest(bytes: &[u8]) {
    round_trip(bytes, decode_manifest_index, encode_manifest_index);
}
