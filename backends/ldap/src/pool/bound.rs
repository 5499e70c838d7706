//! New connections, bound as the reader.

use std::time::Duration;

use portcullis_core::SecretString;
use tokio::time::{Instant, timeout_at};

use super::Pool;
use super::attempt::Stopped;
use crate::connection::Connection;
use crate::deadline::share;
use crate::failure::{Failure, shown};
use crate::server::Server;

impl Pool {
    /// A new connection, bound as the reader.
    pub(super) async fn connect(&self, index: usize, server: &Server, until: Instant) -> Result<Connection, Stopped> {
        let Some(reader) = &self.reader else {
            return Ok(Connection::open(server, self.tls_for(server, until).await?, until).await?);
        };
        let (password, folder) = (reader.password.clone(), reader.folder.clone());
        // Read anew: whoever changes the password writes another file.
        let password = self.reading("bind_password", until, move || password.read(&folder)).await?;
        let password = password.map_err(Failure::Wrong).map_err(|failure| failure.about("bind_password"))?;
        if let Some(refusal) = self.servers.refusal(index, &password) {
            return Err(refusal.into());
        }
        let mut connection = Connection::open(server, self.tls_for(server, until).await?, until).await?;
        // One after the other: a wrong password is shown once, however many come at once. Whoever has its turn has time
        // then.
        let Ok(_alone) = timeout_at(share(until, 2), self.servers.alone(index)).await else {
            return Err(Stopped::while_waiting());
        };
        if let Some(refusal) = self.servers.refusal(index, &password) {
            return Err(refusal.into());
        }
        match introduce(&mut connection, &reader.dn, &password, until).await {
            Ok(()) => Ok(connection),
            Err(Unintroduced { failure, pause }) => {
                if let Some(pause) = pause {
                    self.servers.refused(index, failure.clone(), password, pause);
                }
                Err(failure.into())
            }
        }
    }
}

/// How long a reader's password is not shown again to a server that has refused it: an account with a wrong password
/// is soon a locked one.
const REFUSED: Duration = Duration::from_secs(60);
/// The same, if it said nothing of the account.
const UNCLEAR: Duration = Duration::from_secs(5);

/// The server did not take the reader.
struct Unintroduced {
    failure: Failure,
    /// How long it is to be left alone with the same password.
    pause: Option<Duration>,
}

/// Binds as the reader. Nobody who asks has a part in that, so whatever fails is the server's.
async fn introduce(
    connection: &mut Connection,
    dn: &str,
    password: &SecretString,
    until: Instant,
) -> Result<(), Unintroduced> {
    let (failure, pause) = match connection.bind(dn, password, until).await {
        Ok(bound) => match bound.code {
            0 => return Ok(()),
            // What a server says of an account, or of its password.
            code @ (19 | 48 | 49 | 50) => (Failure::Wrong(shown(code)), REFUSED),
            // Or of a database that is not there yet.
            code @ 32 => (Failure::Wrong(shown(code)), UNCLEAR),
            code => (Failure::of_code(code), UNCLEAR),
        },
        Err(failure) => (failure, UNCLEAR),
    };
    let (failure, pause) = match failure {
        Failure::Wrong(_) => (failure, Some(pause)),
        other => (Failure::away(other), None),
    };
    Err(Unintroduced { failure: failure.about("bind_dn"), pause })
}
