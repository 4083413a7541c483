//! A server under test.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;

use super::{Reply, Wire};

/// An app served over real sockets, until this is dropped.
pub struct Server {
    address: SocketAddr,
    _running: Box<dyn Any + Send + Sync>,
}

impl Server {
    /// One at this address, which ends when the other value is dropped.
    pub fn new(address: SocketAddr, running: impl Any + Send + Sync) -> Self {
        Self {
            address,
            _running: Box::new(running),
        }
    }

    pub async fn connect(&self) -> Wire {
        Wire::connect(self.address).await
    }

    /// Sends on a connection of its own, and leaves the reply to be read.
    pub async fn begin(&self, request: impl AsRef<[u8]>) -> Wire {
        let mut wire = self.connect().await;
        wire.send(request).await;
        wire
    }

    /// Sends on a connection of its own, and reads the reply.
    pub async fn ask(&self, request: impl AsRef<[u8]>) -> Reply {
        let mut wire = self.begin(request).await;
        wire.reply().await.expect("a reply")
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.address).finish()
    }
}
