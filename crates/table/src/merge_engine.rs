//! The merge function of a table, for the columns of one read or for all that are written.

use std::sync::Arc;

use rimon_lsm::merge::{
    Aggregate, Deduplicate, FieldFunction, FieldGroup, FieldMerge, FirstRow, MergeFunction,
    PartialField, PartialUpdate,
};
use rimon_spec::options::{FieldMergeOptions, MergeEngine, MergeOptions};
use rimon_spec::{DataField, Error, Result, TableOptions, TableSchema};

/// The function for `values`, the value columns that are read or written; columns that it needs to order
/// others are appended to them.
pub(crate) fn merge_function(
    schema: &TableSchema,
    options: &TableOptions,
    values: &mut Vec<DataField>,
) -> Result<Arc<dyn MergeFunction>> {
    let ignore_deletes = options.ignore_delete;
    Ok(match options.merge_engine {
        MergeEngine::Deduplicate => Arc::new(Deduplicate { ignore_deletes }),
        MergeEngine::FirstRow => Arc::new(FirstRow { ignore_deletes }),
        MergeEngine::Aggregation => Arc::new(aggregate(schema, options, values)?),
        MergeEngine::PartialUpdate => Arc::new(partial_update(schema, options, values)?),
    })
}

/// Mirrors `AggregateMergeFunction.getAggFuncName`.
fn aggregate(
    schema: &TableSchema,
    options: &TableOptions,
    values: &[DataField],
) -> Result<Aggregate> {
    let merging = &options.merging;
    let fields = values.iter().map(|field| {
        let name = field.name.as_str();
        let function = if options.sequence_fields.iter().any(|f| f == name) {
            "last_value"
        } else if schema.primary_keys.iter().any(|k| k == name) {
            "primary-key"
        } else {
            merging.function(name).unwrap_or("last_non_null_value")
        };
        let field = field_merge(merging, name, function)?;
        if field.ignore_retract && merging.aggregation_remove_on_delete {
            return Err(Error::invalid(
                "'aggregation.remove-record-on-delete' and 'fields.<name>.ignore-retract' exclude each other",
            )
            .with("field", name));
        }
        Ok(Some(field))
    });
    Ok(Aggregate {
        fields: fields.collect::<Result<_>>()?,
        remove_on_delete: merging.aggregation_remove_on_delete,
        lookup: options.needs_lookup(),
    })
}

/// Mirrors the factory in `PartialUpdateMergeFunction.java`.
fn partial_update(
    schema: &TableSchema,
    options: &TableOptions,
    values: &mut Vec<DataField>,
) -> Result<PartialUpdate> {
    let merging = &options.merging;
    merging.check_partial_update(options.ignore_delete)?;
    let mut partial = PartialUpdate {
        fields: Vec::new(),
        groups: Vec::new(),
        has_groups: !merging.sequence_groups.is_empty(),
        ignore_deletes: options.ignore_delete,
        remove_on_delete: merging.remove_on_delete,
        lookup: options.needs_lookup(),
    };
    // Position of each group of the table among those that the read needs.
    let mut known: Vec<Option<usize>> = vec![None; merging.sequence_groups.len()];
    let wanted = values.len();
    for (index, group) in merging.sequence_groups.iter().enumerate() {
        for name in group.ordering.iter().chain(&group.fields) {
            if schema.primary_keys.contains(name) {
                return Err(Error::invalid("a sequence group contains a primary key column")
                    .with("field", name));
            }
        }
        let removes = group.ordering.iter().any(|n| merging.remove_on_sequence_group.contains(n));
        let used = values.iter().take(wanted).any(|f| merging.group_of(&f.name) == Some(index));
        if !(removes || used) {
            continue;
        }
        if let Some(slot) = known.get_mut(index) {
            *slot = Some(partial.groups.len());
        }
        let ordering = group.ordering.iter().map(|name| position(schema, values, name));
        partial.groups.push(FieldGroup { ordering: ordering.collect::<Result<_>>()?, removes });
    }
    for (index, field) in values.iter().enumerate() {
        if index >= wanted {
            partial.fields.push(None);
            continue;
        }
        let group = merging.group_of(&field.name);
        let merge = partial_field(schema, merging, &field.name, group.is_some())?;
        let group = group.and_then(|group| known.get(group).copied().flatten());
        partial.fields.push(Some(PartialField { merge, group }));
    }
    Ok(partial)
}

fn partial_field(
    schema: &TableSchema,
    merging: &MergeOptions,
    name: &str,
    grouped: bool,
) -> Result<FieldMerge> {
    let plain = |function| FieldMerge { name: name.to_owned(), function, ignore_retract: false };
    if merging.is_ordering(name) || schema.primary_keys.iter().any(|k| k == name) {
        return Ok(plain(FieldFunction::Newest));
    }
    match merging.function(name) {
        Some(function) if grouped || function == "last_non_null_value" => {
            field_merge(merging, name, function)
        }
        Some(function) => Err(Error::invalid(format!(
            "aggregate function '{function}' needs a sequence group in a partial update"
        ))
        .with("field", name)),
        None if grouped => Ok(plain(FieldFunction::Overwrite)),
        None => Ok(plain(FieldFunction::LastNonNullValue)),
    }
}

fn field_merge(merging: &MergeOptions, name: &str, function: &str) -> Result<FieldMerge> {
    let default = FieldMergeOptions::default();
    let options = merging.fields.get(name).unwrap_or(&default);
    Ok(FieldMerge {
        name: name.to_owned(),
        function: FieldFunction::named(function, name, options)?,
        ignore_retract: options.ignore_retract,
    })
}

/// Where a column is among those read, which it joins when it is not there.
fn position(schema: &TableSchema, values: &mut Vec<DataField>, name: &str) -> Result<usize> {
    if let Some(at) = values.iter().position(|f| f.name == name) {
        return Ok(at);
    }
    let field = schema
        .field(name)
        .ok_or_else(|| Error::invalid(format!("a sequence group names no column: '{name}'")))?;
    values.push(field.clone());
    Ok(values.len() - 1)
}
