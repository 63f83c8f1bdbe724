//! `db.table$branch_b$system`: format.md §20, `Identifier.java`.

use rimon_metadata::Branch;
use rimon_spec::{Error, Result};
use std::fmt;
use std::str::FromStr;

const SEPARATOR: char = '$';
const BRANCH_PREFIX: &str = "branch_";

/// The full name of a table, of one of its branches, or of a system table of either.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    database: String,
    table: String,
    branch: Option<String>,
    system: Option<String>,
}

impl Identifier {
    /// The object `object` of `database`, where `object` is `t`, `t$branch_b`, `t$system` or
    /// `t$branch_b$system`.
    ///
    /// # Errors
    /// `Invalid` for other shapes, and for names that cannot be a directory: empty, `.`, `..`, or
    /// with `/`, `\` or control characters.
    pub fn new(database: &str, object: &str) -> Result<Self> {
        check_name("database", database)?;
        let mut parts = object.split(SEPARATOR);
        let table = parts.next().unwrap_or_default();
        check_name("table", table)?;
        let bad = |why: &str| Error::invalid(why).with("object", object.escape_debug());
        let (branch, system) = match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => (None, None),
            (Some(one), None, _) => match one.strip_prefix(BRANCH_PREFIX) {
                Some(branch) => (Some(branch), None),
                None => (None, Some(one)),
            },
            (Some(one), Some(system), None) => match one.strip_prefix(BRANCH_PREFIX) {
                Some(branch) => (Some(branch), Some(system)),
                None => {
                    return Err(bad(
                        "between two '$' of a table name there must be a branch, as in t$branch_b$files",
                    ));
                }
            },
            _ => return Err(bad("a table name has at most two '$'")),
        };
        if system.is_some_and(str::is_empty) || branch.is_some_and(str::is_empty) {
            return Err(bad("nothing follows a '$' of the table name"));
        }
        if let Some(branch) = branch {
            Branch::new(branch)?;
        }
        Ok(Self {
            database: database.to_owned(),
            table: table.to_owned(),
            branch: branch.map(str::to_owned),
            system: system.map(str::to_owned),
        })
    }

    /// The database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The table, without branch and system table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The branch; the main one if none is named.
    pub fn branch(&self) -> Result<Branch> {
        self.branch.as_deref().map_or(Ok(Branch::Main), Branch::new)
    }

    /// The system table, such as `snapshots`.
    pub fn system_table(&self) -> Option<&str> {
        self.system.as_deref()
    }

    /// The object in its database: `table[$branch_b][$system]`.
    pub fn object(&self) -> String {
        let mut name = self.table.clone();
        if let Some(branch) = &self.branch {
            name = format!("{name}{SEPARATOR}{BRANCH_PREFIX}{branch}");
        }
        if let Some(system) = &self.system {
            name = format!("{name}{SEPARATOR}{system}");
        }
        name
    }

    /// The same without the system table: what [`Catalog::load_table`](crate::Catalog::load_table)
    /// takes.
    #[must_use]
    pub fn base(&self) -> Self {
        Self { system: None, ..self.clone() }
    }

    /// Whether this is a table itself, neither a branch nor a system table.
    pub fn is_plain(&self) -> bool {
        self.branch.is_none() && self.system.is_none()
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.database, self.object())
    }
}

impl FromStr for Identifier {
    type Err = Error;

    /// `db.object`, split at the first dot.
    fn from_str(text: &str) -> Result<Self> {
        match text.split_once('.') {
            Some((database, object)) => Self::new(database, object),
            None => Err(Error::invalid("a full table name is 'database.table'")
                .with("name", text.escape_debug())),
        }
    }
}

/// Names become directories, so that they must be one plain part of a path.
pub(crate) fn check_name(what: &str, name: &str) -> Result<()> {
    let bad = name.trim().is_empty()
        || name == "."
        || name == ".."
        || name.len() > 250
        || name.chars().any(|c| matches!(c, '/' | '\\') || c.is_control())
        || (what == "database" && name.contains(SEPARATOR));
    if bad {
        return Err(Error::invalid(format!("not a {what} name")).with("name", name.escape_debug()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Identifier {
        text.parse().unwrap()
    }

    #[test]
    fn the_four_shapes() {
        let t = parse("db.t");
        assert_eq!((t.database(), t.table(), t.system_table()), ("db", "t", None));
        assert!(t.branch().unwrap().is_main() && t.is_plain());
        let b = parse("db.t$branch_b");
        assert_eq!((b.branch().unwrap().name(), b.system_table()), ("b", None));
        let s = parse("db.t$snapshots");
        assert_eq!((s.branch().unwrap().is_main(), s.system_table()), (true, Some("snapshots")));
        let bs = parse("db.t$branch_b$files");
        assert_eq!((bs.branch().unwrap().name(), bs.system_table()), ("b", Some("files")));
        assert_eq!(bs.base(), b);
        for id in [t, b, s, bs] {
            assert_eq!(parse(&id.to_string()), id);
        }
    }

    #[test]
    fn splits_at_the_first_dot() {
        assert_eq!(parse("db.a.b").table(), "a.b");
    }

    #[test]
    fn refuses_other_shapes() {
        for bad in [
            "t",
            "",
            ".t",
            "db.",
            "db.t$",
            "db.t$x$y",
            "db.t$branch_b$x$y",
            "db.$x",
            "db.../t",
            "db...",
            "a/b.t",
            "db.a\\b",
            "db.a\nb",
            "db.t$branch_",
            "db.t$branch_1",
            "d$b.t",
            "db.t$branch_x/y",
            "db.t$branch_b$",
        ] {
            assert!(bad.parse::<Identifier>().is_err(), "{bad:?}");
        }
    }
}
