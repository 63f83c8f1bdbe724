//! `ALTER TABLE`.

use datafusion::error::Result;
use datafusion::sql::sqlparser::ast::ObjectName;
use rimon_catalog::Identifier;
use rimon_spec::{ColumnMove, Error, SchemaChange, TableOptions};

use super::{Session, Target, done};
use crate::error::to_data_fusion;
use crate::names::Names;
use crate::run::Outcome;
use crate::statement::{AlterAction, ColumnPosition};

impl Session<'_> {
    pub(super) async fn alter_table(
        &self,
        name: &ObjectName,
        if_exists: bool,
        actions: &[AlterAction],
    ) -> Result<Option<Outcome>> {
        let Some(target) = self.target(name)? else {
            return Ok(None);
        };
        if let [AlterAction::RenameTable(to)] = actions {
            return self.rename_table(&target, to, if_exists).await;
        }
        if let [AlterAction::DropPartitions(partitions)] = actions {
            return self.drop_partitions(&target, if_exists, partitions).await;
        }
        let changes: Vec<SchemaChange> =
            actions.iter().flat_map(|action| changes(action, &self.names)).collect();
        check_options(&target, &changes).await.map_err(to_data_fusion)?;
        let catalog = target.catalog.catalog();
        catalog
            .alter_table(&target.identifier, &changes, if_exists)
            .await
            .map_err(to_data_fusion)?;
        done(format!("altered table {}", target.identifier))
    }

    /// A name without a database stays in the table's own.
    async fn rename_table(
        &self,
        from: &Target,
        to: &ObjectName,
        if_exists: bool,
    ) -> Result<Option<Outcome>> {
        let names =
            Names { database: from.identifier.database().to_string(), ..self.names.clone() };
        let full = names.table(to)?;
        let same = crate::catalog::PaimonCatalog::find(self.context, &full.catalog)
            .is_some_and(|catalog| std::sync::Arc::ptr_eq(&catalog, &from.catalog));
        if !same {
            let error = Error::invalid("a table cannot be renamed into another catalog")
                .with("catalog", &full.catalog);
            return Err(to_data_fusion(error));
        }
        let to = Identifier::new(&full.schema, &full.table).map_err(to_data_fusion)?;
        let catalog = from.catalog.catalog();
        catalog.rename_table(&from.identifier, &to, if_exists).await.map_err(to_data_fusion)?;
        done(format!("renamed table {} to {to}", from.identifier))
    }
}

/// New options must not make a table unusable that could be written before.
async fn check_options(target: &Target, changes: &[SchemaChange]) -> rimon_spec::Result<()> {
    let sets = |change: &SchemaChange| matches!(change, SchemaChange::SetOption { .. });
    if !changes.iter().any(sets) {
        return Ok(());
    }
    let Ok(handle) = target.catalog.catalog().load_table(&target.identifier).await else {
        return Ok(()); // that there is none is told by the change itself
    };
    let schema = rimon_table::Table::new(handle)?.schema().clone();
    let parse = |options| TableOptions::parse(options, schema.has_primary_key());
    if parse(&schema.options)?.refuse_unsupported_write().is_err() {
        return Ok(());
    }
    let mut options = schema.options.clone();
    for change in changes {
        match change {
            SchemaChange::SetOption { key, value } => {
                options.insert(key.clone(), value.clone());
            }
            SchemaChange::RemoveOption(key) => {
                options.shift_remove(key);
            }
            _ => {}
        }
    }
    parse(&options)?.refuse_unsupported_write().map_err(|e| e.with("table", &target.identifier))
}

fn changes(action: &AlterAction, names: &Names) -> Vec<SchemaChange> {
    let column = |ident| vec![names.ident(ident)];
    vec![match action {
        AlterAction::AddColumn(new, position) => return add_column(new, position.as_ref(), names),
        AlterAction::DropColumn(name) => SchemaChange::DropColumn(column(name)),
        AlterAction::RenameColumn(from, to) => {
            SchemaChange::RenameColumn { column: column(from), name: names.ident(to) }
        }
        AlterAction::SetType(name, data_type) => SchemaChange::UpdateColumnType {
            column: column(name),
            data_type: data_type.clone(),
            keep_nullability: true,
        },
        AlterAction::SetNullable(name, nullable) => {
            SchemaChange::UpdateColumnNullability { column: column(name), nullable: *nullable }
        }
        AlterAction::SetComment(name, comment) => SchemaChange::UpdateColumnComment {
            column: column(name),
            comment: Some(comment.clone()),
        },
        AlterAction::SetDefault(name, default) => SchemaChange::UpdateColumnDefault {
            column: column(name),
            default_value: default.clone(),
        },
        AlterAction::Move(name, position) => SchemaChange::UpdateColumnPosition {
            column: names.ident(name),
            position: column_move(position, names),
        },
        AlterAction::SetOption(key, value) => {
            SchemaChange::SetOption { key: key.clone(), value: value.clone() }
        }
        AlterAction::ResetOption(key) => SchemaChange::RemoveOption(key.clone()),
        // only alone: handled before
        AlterAction::RenameTable(_) | AlterAction::DropPartitions(_) => return Vec::new(),
    }]
}

fn add_column(
    new: &crate::statement::ColumnDefinition,
    position: Option<&ColumnPosition>,
    names: &Names,
) -> Vec<SchemaChange> {
    let column = vec![names.ident(&new.name)];
    let mut changes = vec![SchemaChange::AddColumn {
        column: column.clone(),
        data_type: new.data_type.clone(),
        description: new.comment.clone(),
        position: position.map(|p| column_move(p, names)),
    }];
    if new.default.is_some() {
        let default_value = new.default.clone();
        changes.push(SchemaChange::UpdateColumnDefault { column, default_value });
    }
    changes
}

fn column_move(position: &ColumnPosition, names: &Names) -> ColumnMove {
    match position {
        ColumnPosition::First => ColumnMove::First,
        ColumnPosition::After(name) => ColumnMove::After(names.ident(name)),
    }
}
