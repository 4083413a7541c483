//! A server that takes TLS, with a certificate that is trusted, or isn't, or is for another name; and a URL that needs
//! TLS where it isn't compiled in.

#[cfg(any(feature = "tls-rustls", feature = "tls-native-tls"))]
mod compiled_in {
    use std::env;
    use std::process::Command;

    use callhook::replay::ReplayStore;
    use callhook_redis::redis::{Client, ClientTlsConfig, TlsCertificates};
    use callhook_redis::{RedisStore, RedisStoreErrorKind};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use crate::support::{Authority, PATIENT, Server, Start, handle, lease, within};

    const UNTRUSTED: &str = "the Redis server's certificate is not trusted: no certificate authority that this client \
                             trusts has signed it; install the authority's certificate in the system, or make the \
                             client with it";

    fn start(authority: &Authority, name: &str) -> Server {
        let issued = authority.sign("server", name);
        let ca = authority.certificate();
        let start = Start::default().tls(&issued.certificate, &issued.key, &ca);
        start.start()
    }

    /// A store that trusts this authority and no other.
    fn trusting(
        authority: &Authority,
        url: String,
        client_tls: Option<ClientTlsConfig>,
    ) -> RedisStore {
        let certificates = TlsCertificates {
            client_tls,
            root_cert: Some(authority.pem()),
        };
        let client = Client::build_with_tls(url, certificates).expect("certificates");
        RedisStore::from_client(client).timeout(PATIENT)
    }

    /// What `ping` says, after a claim has said the same.
    async fn refused(store: &RedisStore) -> String {
        let claimed = within(store.claim(&lease("a", 1))).await;
        let claimed = claimed.expect_err("no connection");
        let pinged = within(store.ping()).await.expect_err("no connection");
        for error in [&claimed, &pinged] {
            assert_eq!(error.kind(), RedisStoreErrorKind::Tls, "{error:?}");
        }
        assert_eq!(claimed.to_string(), pinged.to_string());
        pinged.to_string()
    }

    #[tokio::test]
    async fn a_server_with_a_trusted_certificate_has_messages_handled() {
        let authority = Authority::new();
        let server = start(&authority, "IP:127.0.0.1");
        let store = trusting(&authority, server.url(), None);
        within(store.ping()).await.expect("a server that answers");
        handle(&store, &lease("a", 1)).await;
    }

    #[tokio::test]
    async fn a_server_that_wants_the_clients_certificate_is_given_it() {
        let authority = Authority::new();
        let issued = authority.sign("server", "IP:127.0.0.1");
        let start = Start::default()
            .tls(&issued.certificate, &issued.key, &authority.certificate())
            .with(&["--tls-auth-clients", "yes"]);
        let server = start.start();
        let read = |path| std::fs::read(path).expect("a file");
        let issued = authority.sign("client", "DNS:a-client");
        let client = ClientTlsConfig {
            client_cert: read(&issued.certificate),
            client_key: read(&issued.key),
        };
        let store = trusting(&authority, server.url(), Some(client));
        within(store.ping()).await.expect("a server that answers");
        let store = trusting(&authority, server.url(), None);
        within(store.ping()).await.expect_err("no certificate");
    }

    #[tokio::test]
    async fn a_certificate_that_nobody_trusted_has_signed_is_told() {
        let authority = Authority::new();
        let server = start(&authority, "IP:127.0.0.1");
        let by_system = RedisStore::connect(&server.url()).expect("a URL of a server");
        assert_eq!(refused(&by_system.timeout(PATIENT)).await, UNTRUSTED);
        for another in [Authority::named("another"), Authority::new()] {
            let by_another = trusting(&another, server.url(), None);
            assert_eq!(refused(&by_another).await, UNTRUSTED);
        }
    }

    #[tokio::test]
    async fn a_certificate_for_another_host_name_is_told() {
        let authority = Authority::new();
        let server = start(&authority, "DNS:redis.internal");
        assert_eq!(
            refused(&trusting(&authority, server.url(), None)).await,
            "the Redis server's certificate is for another host name than the one in the URL: connect by a name that \
             the certificate has, or give the server one with this name"
        );
    }

    #[tokio::test]
    async fn a_port_that_answers_something_else_than_tls_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(b"-ERR Protocol error\r\n").await;
                open.push(stream);
            }
        });
        let url = format!("rediss://127.0.0.1:{port}");
        let store = RedisStore::connect(&url).expect("a URL of a server");
        let store = store.timeout(PATIENT);
        assert_eq!(
            refused(&store).await,
            "the TLS handshake with the Redis server failed: see that the port takes TLS, and that the certificate is \
             valid today"
        );
    }

    /// Of a server, or of a cluster's node, that the process of the next test has to trust by the system's
    /// certificates.
    const URL: &str = "CALLHOOK_TEST_TLS_URL";
    const CLUSTER_URL: &str = "CALLHOOK_TEST_TLS_CLUSTER_URL";

    #[tokio::test]
    async fn the_systems_certificates_are_trusted() {
        if let (Ok(url), Ok(cluster)) = (env::var(URL), env::var(CLUSTER_URL)) {
            let stores = [
                RedisStore::connect(&url).expect("a URL of a server"),
                RedisStore::connect_cluster([cluster]).expect("a URL of a server"),
            ];
            for store in stores {
                let store = store.timeout(PATIENT);
                within(store.ping()).await.expect("a server that answers");
                handle(&store, &lease("a", 1)).await;
            }
            return;
        }

        let authority = Authority::new();
        let server = start(&authority, "IP:127.0.0.1");
        let issued = authority.sign("node", "IP:127.0.0.1");
        let ca = authority.certificate();
        let node = Start::default()
            .tls(&issued.certificate, &issued.key, &ca)
            .with(&["--cluster-enabled", "yes", "--tls-cluster", "yes"])
            .start();
        let slots = (0..16384).map(|slot| slot.to_string());
        let given = Command::new("redis-cli")
            .args(["--tls", "-p", &node.port().to_string(), "--cacert"])
            .arg(&ca)
            .args(["CLUSTER", "ADDSLOTS"])
            .args(slots)
            .output()
            .expect("these tests need redis-cli");
        let said = String::from_utf8_lossy(&given.stdout);
        assert_eq!(said.trim(), "OK");

        // This process again, on a system that trusts the authority.
        let this = env::current_exe().expect("this program");
        let name = "tls::compiled_in::the_systems_certificates_are_trusted";
        let done = Command::new(this)
            .args(["--exact", name, "--nocapture"])
            .env(URL, server.url())
            .env(CLUSTER_URL, node.url())
            .env("SSL_CERT_FILE", &ca)
            .env_remove("SSL_CERT_DIR")
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&done.stdout);
        let failed = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}{failed}");
        assert!(said.contains("1 passed"), "{said}");
    }
}

#[cfg(not(any(feature = "tls-rustls", feature = "tls-native-tls")))]
mod left_out {
    use callhook_redis::redis::{Client, ConnectionAddr, IntoConnectionInfo};
    use callhook_redis::{RedisStore, RedisStoreError, RedisStoreErrorKind};

    use crate::support::within;

    fn is_told(error: &RedisStoreError) {
        assert_eq!(error.kind(), RedisStoreErrorKind::Tls);
        assert_eq!(
            error.to_string(),
            "a rediss:// URL needs TLS, and callhook-redis was compiled without it: enable its feature `tls-rustls` or \
             `tls-native-tls`"
        );
    }

    #[tokio::test]
    async fn a_url_that_needs_tls_is_told_at_the_start() {
        for url in ["rediss://:hunter2@127.0.0.1:1", "valkeys://127.0.0.1:1"] {
            is_told(&RedisStore::connect(url).expect_err("no TLS"));
            is_told(&RedisStore::connect_cluster([url]).expect_err("no TLS"));
        }
        // A client that was made without a URL finds it as it connects.
        let address = ConnectionAddr::TcpTls {
            host: "127.0.0.1".to_owned(),
            port: 1,
            insecure: false,
            tls_params: None,
        };
        let info = address.into_connection_info().expect("an address");
        let client = Client::open(info).expect("a client");
        let store = RedisStore::from_client(client);
        is_told(&within(store.ping()).await.expect_err("no TLS"));
    }
}
