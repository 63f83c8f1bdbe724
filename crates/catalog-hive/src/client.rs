//! The port over our own Thrift: which method a call is, how its exceptions read, and what older and newer servers
//! call it.

mod methods;

use crate::metastore::{AlterMode, Called, Failure, Metastore};
use crate::objects::{Database, LockState, Partition, ShownLock, Table, exclusive_lock};
use crate::thrift::{Reply, Struct, Value};
use crate::transport::{Pool, Repeat};
use async_trait::async_trait;
use indexmap::IndexMap;
use methods::Method;
use rimon_spec::Error;

/// A metastore at the end of a pool of connections.
#[derive(Debug, Clone)]
pub(crate) struct ThriftMetastore {
    pool: Pool,
    servers: String,
    /// Whose locks they are.
    user: String,
    host: String,
}

impl ThriftMetastore {
    /// `servers` names them in messages; `user` and `host` are shown with locks.
    pub(crate) fn new(pool: Pool, servers: String, user: String, host: String) -> Self {
        Self { pool, servers, user, host }
    }

    /// Calls a method; the value of the answer, `None` for methods without one.
    async fn call(&self, method: Method, arguments: Struct) -> Called<Option<Value>> {
        let repeat = if method.reads { Repeat::Freely } else { Repeat::Never };
        match self.pool.call(method.name, arguments, repeat).await? {
            Reply::Result(result) => method.outcome(result),
            // TApplicationException.UNKNOWN_METHOD
            Reply::Failed(1, _) => Err(Failure::NoSuchMethod(method.name.to_owned())),
            Reply::Failed(_, message) => Err(Failure::Trouble(if message.is_empty() {
                "no reason".to_owned()
            } else {
                message
            })),
        }
    }

    async fn structure(&self, method: Method, arguments: Struct) -> Called<Struct> {
        match self.call(method, arguments).await? {
            Some(Value::Struct(inner)) => Ok(inner),
            _ => Err(Failure::Lost(odd(method.name))),
        }
    }

    async fn list(&self, method: Method, arguments: Struct) -> Called<Vec<Value>> {
        match self.call(method, arguments).await? {
            Some(Value::List(_, items)) => Ok(items),
            _ => Err(Failure::Lost(odd(method.name))),
        }
    }

    async fn names(&self, method: Method, arguments: Struct) -> Called<Vec<String>> {
        let items = self.list(method, arguments).await?;
        Ok(items.iter().filter_map(Value::to_text).collect())
    }
}

/// The arguments of a call, from field 1 on.
fn arguments<const N: usize>(values: [Value; N]) -> Struct {
    (1..).zip(values).fold(Struct::default(), |all, (id, value)| all.with(id, value))
}

fn environment(properties: &[(&str, &str)]) -> Value {
    let pair = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
    let map: IndexMap<_, _> = properties.iter().map(pair).collect();
    Value::Struct(Struct::default().with(1, Value::properties(&map)))
}

/// An answer that lacks what it must have.
fn odd(method: &str) -> Error {
    Error::corrupt("the metastore's answer lacks its value").with("method", method)
}

fn lock_state(response: &Struct) -> Called<LockState> {
    let state = response.number(2).and_then(LockState::of);
    state.ok_or_else(|| Failure::Lost(Error::corrupt("the metastore names no state of the lock")))
}

fn tables_of(items: Vec<Value>) -> Vec<Table> {
    let table = |v| if let Value::Struct(inner) = v { Some(Table(inner)) } else { None };
    items.into_iter().filter_map(table).collect()
}

#[async_trait]
impl Metastore for ThriftMetastore {
    fn servers(&self) -> &str {
        &self.servers
    }

    async fn setting(&self, name: &str, default: &str) -> Called<String> {
        let asked = arguments([Value::text(name), Value::text(default)]);
        let value = self.call(methods::GET_CONFIG_VALUE, asked).await?;
        value
            .and_then(|v| v.to_text())
            .ok_or_else(|| Failure::Lost(odd(methods::GET_CONFIG_VALUE.name)))
    }

    async fn databases(&self) -> Called<Vec<String>> {
        self.names(methods::GET_ALL_DATABASES, Struct::default()).await
    }

    async fn database(&self, name: &str) -> Called<Database> {
        let arguments = arguments([Value::text(name)]);
        Ok(Database(self.structure(methods::GET_DATABASE, arguments).await?))
    }

    async fn create_database(&self, database: Database) -> Called<()> {
        let arguments = arguments([Value::Struct(database.0)]);
        self.call(methods::CREATE_DATABASE, arguments).await.map(drop)
    }

    async fn drop_database(&self, name: &str, delete: bool, cascade: bool) -> Called<()> {
        let arguments = arguments([Value::text(name), Value::Bool(delete), Value::Bool(cascade)]);
        self.call(methods::DROP_DATABASE, arguments).await.map(drop)
    }

    async fn tables(&self, database: &str) -> Called<Vec<String>> {
        self.names(methods::GET_ALL_TABLES, arguments([Value::text(database)])).await
    }

    async fn table(&self, database: &str, name: &str) -> Called<Table> {
        // Hive 4 has no get_table; servers before 2.3 have no get_table_req.
        let request = arguments([Value::text(database), Value::text(name)]);
        let asked = arguments([Value::Struct(request.clone())]);
        match self.structure(methods::GET_TABLE_REQ, asked).await {
            Ok(result) => match result.inner(1) {
                Some(table) => Ok(Table(table.clone())),
                None => Err(Failure::Lost(odd(methods::GET_TABLE_REQ.name))),
            },
            Err(Failure::NoSuchMethod(_)) => {
                Ok(Table(self.structure(methods::GET_TABLE, request).await?))
            }
            Err(e) => Err(e),
        }
    }

    async fn tables_by_name(&self, database: &str, names: &[String]) -> Called<Vec<Table>> {
        let request = arguments([Value::text(database), Value::texts(names)]);
        let asked = arguments([Value::Struct(request.clone())]);
        match self.structure(methods::GET_TABLES_REQ, asked).await {
            Ok(result) => Ok(tables_of(result.items(1).to_vec())),
            Err(Failure::NoSuchMethod(_)) => {
                Ok(tables_of(self.list(methods::GET_TABLES, request).await?))
            }
            Err(e) => Err(e),
        }
    }

    async fn create_table(&self, table: Table) -> Called<()> {
        let table = Value::Struct(table.0);
        let asked = arguments([table.clone(), environment(&[])]);
        match self.call(methods::CREATE_TABLE_WITH, asked).await {
            Err(Failure::NoSuchMethod(_)) => {
                self.call(methods::CREATE_TABLE, arguments([table])).await.map(drop)
            }
            other => other.map(drop),
        }
    }

    async fn alter_table(
        &self,
        database: &str,
        name: &str,
        table: Table,
        mode: Option<AlterMode>,
    ) -> Called<()> {
        let (at, table) = ([Value::text(database), Value::text(name)], Value::Struct(table.0));
        let [db, tbl] = at;
        let Some(mode) = mode else {
            return self.call(methods::ALTER_TABLE, arguments([db, tbl, table])).await.map(drop);
        };
        let skip = if mode.skip_statistics { "true" } else { "false" };
        let mut properties = vec![("DO_NOT_UPDATE_STATS", skip)];
        if mode.cascade {
            properties.push(("CASCADE", "true"));
        }
        let asked = arguments([db, tbl, table, environment(&properties)]);
        self.call(methods::ALTER_TABLE_WITH, asked).await.map(drop)
    }

    async fn drop_table(&self, database: &str, name: &str, delete: bool) -> Called<()> {
        let (db, table) = (Value::text(database), Value::text(name));
        let asked = arguments([db.clone(), table.clone(), Value::Bool(delete), environment(&[])]);
        match self.call(methods::DROP_TABLE_WITH, asked).await {
            Err(Failure::NoSuchMethod(_)) => {
                let asked = arguments([db, table, Value::Bool(delete)]);
                self.call(methods::DROP_TABLE, asked).await.map(drop)
            }
            other => other.map(drop),
        }
    }

    async fn add_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: Vec<Partition>,
    ) -> Called<()> {
        let partitions = Value::structs(partitions.into_iter().map(|p| p.0));
        let (if_not_exists, need_result) = (Value::Bool(true), Value::Bool(false));
        let request = arguments([
            Value::text(database),
            Value::text(table),
            partitions,
            if_not_exists,
            need_result,
        ]);
        self.call(methods::ADD_PARTITIONS, arguments([Value::Struct(request)])).await.map(drop)
    }

    async fn partition_names(&self, database: &str, table: &str) -> Called<Vec<String>> {
        let asked = arguments([Value::text(database), Value::text(table), Value::I16(-1)]);
        self.names(methods::GET_PARTITION_NAMES, asked).await
    }

    async fn partition(&self, database: &str, table: &str, values: &[String]) -> Called<Partition> {
        let asked = arguments([Value::text(database), Value::text(table), Value::texts(values)]);
        Ok(Partition(self.structure(methods::GET_PARTITION, asked).await?))
    }

    async fn drop_partition(&self, database: &str, table: &str, values: &[String]) -> Called<()> {
        let (delete, at) = (Value::Bool(false), [Value::text(database), Value::text(table)]);
        let [db, tbl] = at;
        let asked = arguments([db, tbl, Value::texts(values), delete]);
        self.call(methods::DROP_PARTITION, asked).await.map(drop)
    }

    async fn lock(&self, database: &str, table: &str, agent: &str) -> Called<(i64, LockState)> {
        let request = exclusive_lock((database, table), (&self.user, &self.host), agent);
        let response = self.structure(methods::LOCK, arguments([Value::Struct(request)])).await?;
        match response.number(1) {
            Some(id) => Ok((id, lock_state(&response)?)),
            None => Err(Failure::Lost(odd(methods::LOCK.name))),
        }
    }

    async fn check_lock(&self, id: i64) -> Called<LockState> {
        let request = arguments([Value::I64(id)]);
        let response =
            self.structure(methods::CHECK_LOCK, arguments([Value::Struct(request)])).await?;
        lock_state(&response)
    }

    async fn heartbeat(&self, id: i64) -> Called<()> {
        let request = arguments([Value::I64(id)]);
        self.call(methods::HEARTBEAT, arguments([Value::Struct(request)])).await.map(drop)
    }

    async fn unlock(&self, id: i64) -> Called<()> {
        let request = arguments([Value::I64(id)]);
        self.call(methods::UNLOCK, arguments([Value::Struct(request)])).await.map(drop)
    }

    async fn locks(&self, database: Option<&str>, table: Option<&str>) -> Called<Vec<ShownLock>> {
        let mut request = Struct::default();
        for (id, name) in [(1, database), (2, table)] {
            if let Some(name) = name {
                request.set(id, Value::text(name));
            }
        }
        let response =
            self.structure(methods::SHOW_LOCKS, arguments([Value::Struct(request)])).await?;
        Ok(response.structs(1).iter().map(ShownLock::of).collect())
    }
}

#[cfg(test)]
mod tests;
