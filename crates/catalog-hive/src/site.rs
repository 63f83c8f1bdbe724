//! `hive-site.xml` and its kin: `<property><name>…</name><value>…</value></property>`.

use indexmap::IndexMap;
use rimon_spec::{Error, Result};
use std::path::Path;

/// Greatest size of such a file, bytes.
const MAX_FILE: u64 = 4 << 20;

/// Reads the settings of a file into `settings`; later ones win, unless an earlier one is `<final>`.
///
/// # Errors
/// `NotFound`, `Invalid` naming the file.
pub(crate) fn read_file(file: &Path, settings: &mut IndexMap<String, String>) -> Result<()> {
    let blame = |e: Error| e.with("file", file.display());
    let size = std::fs::metadata(file).map(|m| m.len()).unwrap_or_default();
    if size > MAX_FILE {
        return Err(blame(Error::invalid("a Hadoop configuration of more than 4 MiB")));
    }
    let text = std::fs::read_to_string(file).map_err(|e| {
        let kind = if e.kind() == std::io::ErrorKind::NotFound {
            Error::not_found("there is no such configuration file")
        } else {
            Error::invalid("the configuration file cannot be read")
        };
        blame(kind.with_source(e))
    })?;
    let properties = parse(&text).map_err(blame)?;
    settings.extend(properties);
    Ok(())
}

/// The names and values of a configuration.
pub(crate) fn parse(text: &str) -> Result<IndexMap<String, String>> {
    let text = without_comments(text)?;
    if !text.contains("<configuration") {
        return Err(Error::invalid("not a Hadoop configuration: it has no <configuration>"));
    }
    let mut properties = IndexMap::new();
    for part in text.split("<property>").skip(1) {
        let Some((property, _)) = part.split_once("</property>") else {
            return Err(Error::invalid("not a Hadoop configuration: a <property> does not end"));
        };
        let Some(name) = element(property, "name") else {
            return Err(Error::invalid("not a Hadoop configuration: a <property> has no <name>"));
        };
        if let Some(value) = element(property, "value") {
            properties.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
    Ok(properties)
}

/// The text of an element.
fn element(within: &str, name: &str) -> Option<String> {
    let (_, rest) = within.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(unescape(text))
}

fn without_comments(text: &str) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        out.push_str(before);
        let Some((_, after)) = comment.split_once("-->") else {
            return Err(Error::invalid("not a Hadoop configuration: a comment does not end"));
        };
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn unescape(text: &str) -> String {
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    plain.replace("&apos;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values() {
        let text = "<?xml version='1.0'?>\n<configuration>\n<!-- <property><name>no</name></property> -->
            <property>\n <name>hive.metastore.uris</name>\n <value>\n thrift://a:1,thrift://b:2 </value>
            <description>x</description></property>
            <property><name>e</name><value>a &lt;&amp;lt;</value></property><property><name>none</name></property>
            </configuration>";
        let read = parse(text).unwrap();
        assert_eq!(read["hive.metastore.uris"], "thrift://a:1,thrift://b:2");
        assert_eq!(read["e"], "a <&lt;");
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn what_is_no_configuration() {
        for bad in [
            "",
            "{}",
            "<configuration><property><name>a</name>",
            "<configuration><property></property></configuration>",
            "<configuration><!-- ",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
