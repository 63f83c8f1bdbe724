//! `thrift://host:port`.

use rimon_spec::{Error, Result};

/// Hive's own default.
const DEFAULT_PORT: u16 = 9083;

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Server {
    /// The servers of a list of URIs, separated by commas.
    ///
    /// # Errors
    /// `Invalid` for what is no such URI; `Unsupported` for transports that this build does not have.
    pub(crate) fn list(uris: &str) -> Result<Vec<Self>> {
        let servers: Result<Vec<_>> =
            uris.split(',').map(str::trim).filter(|u| !u.is_empty()).map(Self::parse).collect();
        let servers = servers?;
        if servers.is_empty() {
            return Err(invalid(uris, "it names no server"));
        }
        Ok(servers)
    }

    fn parse(uri: &str) -> Result<Self> {
        let Some((scheme, rest)) = uri.split_once("://") else {
            return Err(invalid(uri, "it has no scheme"));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "thrift" => {}
            "http" | "https" => {
                return Err(Error::unsupported(
                    "metastores over HTTP (metastore.server.thrift.transport.mode=http) need a later build",
                )
                .with("uri", uri));
            }
            _ => return Err(invalid(uri, "its scheme is not 'thrift'")),
        }
        if rest.contains('@') {
            // Not shown: it may hold a password.
            return Err(Error::invalid("a metastore URI must not name a user"));
        }
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.strip_prefix('[') {
            Some(v6) => {
                let (host, after) =
                    v6.split_once(']').ok_or_else(|| invalid(uri, "a ']' is missing"))?;
                (host, after.strip_prefix(':'))
            }
            None => match rest.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        if host.is_empty() || host.contains(['/', '?', '#', ' ']) {
            return Err(invalid(uri, "it has no host"));
        }
        let port = match port {
            None => DEFAULT_PORT,
            Some(port) => port
                .parse()
                .ok()
                .filter(|p| *p > 0)
                .ok_or_else(|| invalid(uri, "its port is not a number from 1 to 65535"))?,
        };
        Ok(Self { host: host.to_owned(), port })
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "thrift://{}:{}", self.host, self.port)
    }
}

fn invalid(uri: &str, why: &str) -> Error {
    Error::invalid(format!("not the URI of a metastore: {why}"))
        .with("uri", uri.escape_debug())
        .with_hint("for example uri=thrift://localhost:9083, several separated by commas")
}
