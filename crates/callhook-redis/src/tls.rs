//! What TLS needs beside the `redis` crate's own features: a crypto provider for rustls, and roots whatever other features
//! that crate is compiled with.

#[cfg(feature = "tls-rustls")]
use base64ct::{Base64, Encoding};
use redis::{Client, RedisError, RedisResult};
#[cfg(feature = "tls-rustls")]
use redis::{ConnectionAddr, TlsCertificates};

/// What is wrong with a server's certificate, or with the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Untrusted,
    WrongName,
    Handshake,
}

/// The client to connect with.
///
/// A client that was given no certificates trusts the system's. The `redis` crate sees to that only where it isn't compiled
/// with both of its TLS features, of which another crate of the application may enable the other: with both, rustls would
/// trust nobody.
#[cfg(feature = "tls-rustls")]
pub(crate) fn prepare(client: Client) -> RedisResult<Client> {
    let info = client.get_connection_info();
    let ConnectionAddr::TcpTls {
        insecure,
        tls_params,
        ..
    } = info.addr()
    else {
        return Ok(client);
    };
    provide();
    if *insecure || tls_params.is_some() {
        return Ok(client);
    }
    Client::build_with_tls(info.clone(), system_roots())
}

#[cfg(not(feature = "tls-rustls"))]
pub(crate) fn prepare(client: Client) -> RedisResult<Client> {
    Ok(client)
}

/// The client of a cluster, which trusts the system's certificates.
#[cfg(all(feature = "cluster", feature = "tls-rustls"))]
pub(crate) fn cluster(urls: Vec<String>) -> RedisResult<redis::cluster::ClusterClient> {
    let is_secure = |url: &String| {
        (url.starts_with("rediss:") || url.starts_with("valkeys:")) && !url.contains('#')
    };
    let is_tls = urls.first().is_some_and(is_secure);
    let builder = redis::cluster::ClusterClient::builder(urls.clone());
    if !is_tls {
        return builder.build();
    }
    // Without certificates, so that URLs that don't agree are found.
    builder.build()?;
    let builder = redis::cluster::ClusterClient::builder(urls);
    builder.certs(system_roots()).build()
}

#[cfg(all(feature = "cluster", not(feature = "tls-rustls")))]
pub(crate) fn cluster(urls: Vec<String>) -> RedisResult<redis::cluster::ClusterClient> {
    redis::cluster::ClusterClient::new(urls)
}

/// Sees to it that rustls has a crypto provider. The application's choice is left alone.
///
/// The `redis` crate has no way to be given one, and connecting without panics where several are compiled in, or none. So
/// it is the process's: as rustls itself installs the one that it finds compiled in.
#[cfg(feature = "tls-rustls")]
pub(crate) fn provide() {
    use rustls::crypto::{CryptoProvider, ring};

    if CryptoProvider::get_default().is_none() {
        // Somebody else may have been faster, which is as good.
        let _ = ring::default_provider().install_default();
    }
}

#[cfg(all(feature = "cluster", not(feature = "tls-rustls")))]
pub(crate) fn provide() {}

/// What can be read of the system's certificates. Without any, no server is trusted.
#[cfg(feature = "tls-rustls")]
fn system_roots() -> TlsCertificates {
    let mut pem = String::new();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // A system may have some that rustls can't use.
        if rustls::RootCertStore::empty()
            .add(certificate.clone())
            .is_ok()
        {
            pem.push_str("-----BEGIN CERTIFICATE-----\n");
            pem.push_str(&Base64::encode_string(&certificate));
            pem.push_str("\n-----END CERTIFICATE-----\n");
        }
    }
    TlsCertificates {
        client_tls: None,
        root_cert: Some(pem.into_bytes()),
    }
}

/// Whether an error is one of TLS. Told by its text, since the types are those of the library that is compiled in.
pub(crate) fn trouble(error: &RedisError) -> Option<Trouble> {
    let text = error.to_string();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&WRONG_NAME) {
        Some(Trouble::WrongName)
    } else if says(&UNTRUSTED) {
        Some(Trouble::Untrusted)
    } else if says(&HANDSHAKE) {
        Some(Trouble::Handshake)
    } else {
        None
    }
}

/// Of rustls, then of OpenSSL.
const WRONG_NAME: [&str; 3] = ["not valid for name", "NotValidForName", "mismatch"];

/// Of rustls, then of OpenSSL, then of the others. A bad signature is that of another authority of the same name.
const UNTRUSTED: [&str; 7] = [
    "UnknownIssuer",
    "BadSignature",
    "certificate signature failure",
    "unable to get local issuer certificate",
    "self-signed certificate",
    "self signed certificate",
    "not trusted",
];

/// Of rustls, then of OpenSSL, then of both.
const HANDSHAKE: [&str; 6] = [
    "invalid peer certificate",
    "received corrupt message",
    "fatal alert",
    "SSL routines",
    "certificate verify failed",
    "handshake",
];
