//! Applying changes: `SchemaManager.generateTableSchema`.

use super::builder::check_default;
use super::json::CURRENT_VERSION;
use super::{ColumnMove, SchemaChange, TableSchema, columns, options};
use crate::types::reassign_ids;
use crate::{DataField, DataType, Error, Result};

impl TableSchema {
    /// The next schema: this one with `changes` applied in order, checked as Java does. `has_snapshots` says whether
    /// the table has data, which forbids some changes of options. [`crate::ErrorKind::Invalid`] for what is not allowed,
    /// [`crate::ErrorKind::NotFound`] and [`crate::ErrorKind::AlreadyExists`] for columns.
    pub fn apply(
        &self,
        changes: &[SchemaChange],
        has_snapshots: bool,
        time_millis: i64,
    ) -> Result<Self> {
        let mut change = Change {
            old: self,
            new: Self { version: CURRENT_VERSION, id: self.id + 1, time_millis, ..self.clone() },
            has_snapshots,
        };
        changes.iter().try_for_each(|c| change.apply(c))?;
        let mut new = change.new;
        new.normalize()?;
        new.validate()?;
        if self.check_functions().is_ok() {
            // a table that Java made wrong can be altered, to be mended above all
            new.check_functions()?;
        }
        Ok(new)
    }
}

struct Change<'a> {
    old: &'a TableSchema,
    new: TableSchema,
    has_snapshots: bool,
}

impl Change<'_> {
    fn apply(&mut self, change: &SchemaChange) -> Result<()> {
        let (options, fields) = (&mut self.new.options, &mut self.new.fields);
        match change {
            SchemaChange::SetOption { key, value } => {
                self.old.set_option(options, key, value, self.has_snapshots)
            }
            SchemaChange::RemoveOption(key) => {
                self.old.remove_option(options, key, self.has_snapshots)
            }
            SchemaChange::UpdateComment(comment) => {
                self.new.comment.clone_from(comment);
                Ok(())
            }
            SchemaChange::AddColumn { column, data_type, description, position } => {
                self.add(column, data_type, description.as_ref(), position.as_ref())
            }
            SchemaChange::RenameColumn { column, name } => self.rename(column, name),
            SchemaChange::DropColumn(column) => self.drop_column(column),
            SchemaChange::UpdateColumnType { column, data_type, keep_nullability } => {
                self.change_type(column, data_type, *keep_nullability)
            }
            SchemaChange::UpdateColumnNullability { column, nullable } => {
                self.change_nullability(column, *nullable)
            }
            SchemaChange::UpdateColumnComment { column, comment } => {
                columns::field(fields, column)?.description.clone_from(comment);
                Ok(())
            }
            SchemaChange::UpdateColumnDefault { column, default_value } => {
                let field = columns::field(fields, column)?;
                field.default_value.clone_from(default_value);
                check_default(field)
            }
            SchemaChange::UpdateColumnPosition { column, position } => {
                columns::shift(fields, column, position)
            }
        }
    }

    /// Options that steer changes are those of the schema before.
    fn flag(&self, key: &str, default: bool) -> bool {
        self.old.options.get(key).map_or(default, |v| v.eq_ignore_ascii_case("true"))
    }

    /// Refuses what may not happen to a top-level key column.
    fn not_a_key(&self, column: &[String], keys: &[String], what: &str) -> Result<()> {
        match column {
            [name] if keys.contains(name) => {
                Err(Error::invalid(format!("cannot {what} '{name}': it is a key column")))
            }
            _ => Ok(()),
        }
    }

    fn add(
        &mut self,
        column: &[String],
        data_type: &DataType,
        description: Option<&String>,
        position: Option<&ColumnMove>,
    ) -> Result<()> {
        if !data_type.nullable {
            let name = column.join(".");
            return Err(Error::invalid(format!("new column '{name}' cannot be NOT NULL")));
        }
        let before_partition = position.is_none()
            && column.len() == 1
            && self.flag("add-column-before-partition", false);
        self.new.highest_field_id += 1;
        let id = self.new.highest_field_id;
        let data_type = reassign_ids(data_type, &mut self.new.highest_field_id);
        let (fields, name) = columns::parent(&mut self.new.fields, column)?;
        if fields.iter().any(|f| f.name == name) {
            return Err(already_there(column));
        }
        let first_partition = || {
            let found = fields.iter().position(|f| self.old.partition_keys.contains(&f.name));
            found.unwrap_or(fields.len())
        };
        let at = match position {
            Some(position) => columns::insertion(fields, position)?,
            None if before_partition => first_partition(),
            None => fields.len(),
        };
        let description = description.cloned();
        let field = DataField { description, ..DataField::new(id, name, data_type) };
        fields.insert(at, field);
        Ok(())
    }

    fn rename(&mut self, column: &[String], new_name: &str) -> Result<()> {
        self.not_a_key(column, &self.old.partition_keys, "rename partition column")?;
        let (fields, name) = columns::parent(&mut self.new.fields, column)?;
        if fields.iter().any(|f| f.name == new_name) {
            return Err(already_there(&[new_name.to_owned()]));
        }
        let field = fields.iter_mut().find(|f| f.name == name);
        let field = field.ok_or_else(|| columns::no_column(column))?;
        field.name = new_name.to_owned();
        if column.len() == 1 {
            for key in self.new.primary_keys.iter_mut().filter(|key| *key == name) {
                *key = new_name.to_owned();
            }
            options::rename_in_options(&mut self.new.options, name, new_name);
        }
        Ok(())
    }

    fn drop_column(&mut self, column: &[String]) -> Result<()> {
        self.not_a_key(column, &self.old.partition_keys, "drop")?;
        self.not_a_key(column, &self.old.primary_keys, "drop")?;
        let (fields, name) = columns::parent(&mut self.new.fields, column)?;
        let before = fields.len();
        fields.retain(|f| f.name != name);
        if fields.len() == before {
            return Err(columns::no_column(column));
        }
        if fields.is_empty() {
            return Err(Error::invalid("cannot drop the last column"));
        }
        Ok(())
    }

    fn change_type(&mut self, column: &[String], to: &DataType, keep: bool) -> Result<()> {
        self.not_a_key(column, &self.old.partition_keys, "change the type of")?;
        self.not_a_key(column, &self.old.primary_keys, "change the type of")?;
        let explicit = !self.flag("disable-explicit-type-casting", false);
        let null_check = !keep && self.flag("alter-column-null-to-not-null.disabled", true);
        let current = columns::data_type(&mut self.new.fields, column)?;
        let mut to = to.clone();
        if keep {
            to.nullable = current.nullable;
        } else if null_check && current.nullable && !to.nullable {
            return Err(not_null(column));
        }
        if !current.can_become(&to, explicit) {
            return Err(Error::invalid(format!(
                "column '{}' cannot change from {current} to {to}",
                column.join(".")
            )));
        }
        // The same type as it is keeps the ids of its fields.
        if current.kind == to.kind {
            current.nullable = to.nullable;
        } else {
            *current = to;
        }
        let top = column.first().map(std::slice::from_ref).unwrap_or_default();
        check_default(columns::field(&mut self.new.fields, top)?)
    }

    fn change_nullability(&mut self, column: &[String], nullable: bool) -> Result<()> {
        if nullable {
            self.not_a_key(column, &self.old.primary_keys, "change the nullability of")?;
        }
        let null_check = self.flag("alter-column-null-to-not-null.disabled", true);
        let current = columns::data_type(&mut self.new.fields, column)?;
        if null_check && current.nullable && !nullable {
            return Err(not_null(column));
        }
        current.nullable = nullable;
        Ok(())
    }
}

fn already_there(column: &[String]) -> Error {
    Error::already_exists(format!("column '{}' exists already", column.join(".")))
}

fn not_null(column: &[String]) -> Error {
    let message =
        format!("column '{}' may hold nulls and cannot become NOT NULL", column.join("."));
    Error::invalid(message)
        .with_hint("set 'alter-column-null-to-not-null.disabled' = 'false' to allow it")
}
