//! Where an example listens.

use std::net::SocketAddr;

use tokio::net::TcpListener;

/// Listens on an address, which this variable has.
///
/// # Errors
///
/// The variable, the address, and why nobody can listen there.
pub async fn bind(variable: &str, address: SocketAddr) -> Result<TcpListener, String> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| format!("{variable}: {address}: {error}"))
}
