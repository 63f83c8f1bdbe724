//! `hive-site.xml` and its kin: `<property><name>…</name><value>…</value></property>`.

use indexmap::IndexMap;
use rimon_spec::{Error, Result};
use std::collections::BTreeSet;
use std::path::Path;

/// Greatest size of such a file, bytes.
const MAX_FILE: u64 = 4 << 20;

/// The settings of several files; later ones win, unless an earlier one is `<final>`.
#[derive(Debug, Default)]
pub(crate) struct Site {
    pub(crate) settings: IndexMap<String, String>,
    finals: BTreeSet<String>,
}

/// A setting of a file.
#[derive(Debug, PartialEq)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) value: String,
    /// What is read later does not change it.
    pub(crate) is_final: bool,
}

impl Site {
    /// Reads one more file.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` naming the file.
    pub(crate) fn read(&mut self, file: &Path) -> Result<()> {
        self.add(read_file(file)?);
        Ok(())
    }

    fn add(&mut self, file: Vec<Property>) {
        for Property { name, value, is_final } in file {
            if self.finals.contains(&name) {
                tracing::debug!(name, "a setting is final already");
                continue;
            }
            if is_final {
                self.finals.insert(name.clone());
            }
            self.settings.insert(name, value);
        }
    }
}

fn read_file(file: &Path) -> Result<Vec<Property>> {
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
    parse(&text).map_err(blame)
}

/// The settings of a configuration.
pub(crate) fn parse(text: &str) -> Result<Vec<Property>> {
    let text = without_comments(text)?;
    if !text.contains("<configuration") {
        return Err(Error::invalid("not a Hadoop configuration: it has no <configuration>"));
    }
    let mut properties = Vec::new();
    for part in text.split("<property>").skip(1) {
        let Some((property, _)) = part.split_once("</property>") else {
            return Err(Error::invalid("not a Hadoop configuration: a <property> does not end"));
        };
        let Some(name) = element(property, "name") else {
            return Err(Error::invalid("not a Hadoop configuration: a <property> has no <name>"));
        };
        if let Some(value) = element(property, "value") {
            properties.push(Property {
                name: name.trim().to_owned(),
                value: value.trim().to_owned(),
                is_final: element(property, "final").is_some_and(|text| text.trim() == "true"),
            });
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
        let mut site = Site::default();
        site.add(parse(text).unwrap());
        assert_eq!(site.settings["hive.metastore.uris"], "thrift://a:1,thrift://b:2");
        assert_eq!(site.settings["e"], "a <&lt;");
        assert_eq!(site.settings.len(), 2);
    }

    #[test]
    fn what_is_final_stays() {
        let property = |name: &str, value: &str, end: &str| {
            format!("<property><name>{name}</name><value>{value}</value>{end}</property>")
        };
        let file = |properties: &[String]| {
            parse(&format!("<configuration>{}</configuration>", properties.concat())).unwrap()
        };
        let mut site = Site::default();
        let last = "<final>true</final>";
        site.add(file(&[property("a", "1", last), property("a", "2", ""), property("b", "1", "")]));
        site.add(file(&[property("a", "3", ""), property("b", "3", "<final>false</final>")]));
        site.add(file(&[property("b", "4", "")]));
        assert_eq!((site.settings["a"].as_str(), site.settings["b"].as_str()), ("1", "4"));
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
