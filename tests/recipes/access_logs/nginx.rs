//! nginx's access log, and its error log.

use std::net::{SocketAddr, TcpListener};

use callhook_test_support::{Wire, cdr, request};

use super::{app, has, requests, send_all};
use crate::proxy::Proxy;

const RECIPE: &str = include_str!("../snippets/nginx_log_format.conf");

/// As nginx logs unless it is told otherwise.
const DEFAULT: &str = "
    access_log webhooks.log;
    server {
        listen @address;
        location = @ready { return 204; }
        location / { proxy_pass http://@server; }
    }
";

const TOKEN: &str = "a-token-for-nginx";

/// nginx that logs so into its directory.
fn start(config: &str, server: SocketAddr) -> Proxy {
    let here = "listen @address; location = @ready { access_log off; return 204; }";
    let config = config
        .replace("listen 80;", here)
        .replace("/var/log/nginx/", "")
        .replace("127.0.0.1:3000", "@server");
    assert!(config.contains("@server"), "{config}");
    Proxy::start_nginx(&config.replace("@server", &server.to_string()))
}

async fn serve() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app(TOKEN)).await });
    address
}

#[tokio::test]
async fn the_recipe_logs_the_webhook_and_no_token() {
    let nginx = start(RECIPE, serve().await);
    send_all(nginx.address, TOKEN).await;
    let lines = [
        "POST /webhooks/telecmi 200 ",
        "GET /webhooks/telecmi 200 ",
        "POST /webhooks/telecmi 400 ",
        "POST /webhooks/telecmi 401 ",
        "PUT /webhooks/telecmi 405 ",
        "POST /webhooks/telecmi 404 ",
    ];
    let log = || nginx.file("webhooks.log");
    let text = has(log, &lines.map(str::to_owned)).await;
    assert!(!text.contains(TOKEN), "{text}");
    assert!(!nginx.log().contains(TOKEN), "{}", nginx.log());
}

#[tokio::test]
async fn the_default_logs_the_token() {
    let nginx = start(DEFAULT, serve().await);
    send_all(nginx.address, TOKEN).await;
    let line = |method, target| format!("\"{method} {target} HTTP/1.1\"");
    let lines = requests(TOKEN).into_iter();
    let lines: Vec<_> = lines.map(|sent| line(sent.method, sent.target)).collect();
    has(|| nginx.file("webhooks.log"), &lines).await;
}

#[tokio::test]
async fn where_the_app_cannot_be_reached_the_recipe_logs_no_token_and_the_default_does() {
    for (config, is_logged) in [(RECIPE, false), (DEFAULT, true)] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let nobody = listener.local_addr().expect("an address");
        // Whatever gets the port now answers nothing that is looked at.
        drop(listener);
        let nginx = start(config, nobody);
        for target in [
            format!("/webhooks/telecmi?token={TOKEN}"),
            format!("/webhooks/telecmi/{TOKEN}"),
        ] {
            let mut wire = Wire::connect(nginx.address).await;
            wire.send(request("POST", &target, &[], cdr("1").as_bytes()))
                .await;
            assert_eq!(wire.reply().await.expect("a reply").status, 502);
        }
        has(|| nginx.file("webhooks.log"), &[" 502 ".to_owned()]).await;
        let printed = nginx.log();
        assert_eq!(printed.contains(TOKEN), is_logged, "{printed}");
        if !is_logged {
            assert_eq!(nginx.file("webhooks.error.log"), "");
        }
    }
}
