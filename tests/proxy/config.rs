//! What the proxies are configured with: no more than their users would write, and all of their files in one directory.

use std::net::SocketAddr;

use super::{Header, Kind};

/// For a proxy that listens on an address, passes requests on to a server, and answers one path itself.
pub(super) fn of(
    kind: Kind,
    address: SocketAddr,
    server: SocketAddr,
    header: Option<Header>,
    ready: &str,
) -> String {
    let (template, header, dual) = match kind {
        Kind::Nginx => (NGINX, header.map_or("", nginx_header), " ipv6only=off"),
        Kind::Haproxy => (HAPROXY, header.map_or("", haproxy_header), " v4v6"),
    };
    // An IPv6 socket accepts IPv4 too, where its address allows that.
    let dual = if address.is_ipv6() { dual } else { "" };
    template
        .replace("@http", FORWARD)
        .replace("@address", &format!("{address}{dual}"))
        .replace("@server", &server.to_string())
        .replace("@source", kind.address())
        .replace("@header", header)
        .replace("@ready", ready)
        .replace("@maps", include_str!("nginx_forwarded.conf"))
}

/// nginx with this in its `http` block.
pub(super) fn nginx(http: &str, address: SocketAddr, ready: &str) -> String {
    NGINX
        .replace("@http", http)
        .replace("@address", &address.to_string())
        .replace("@ready", ready)
}

const NGINX: &str = "
daemon off;
master_process off;
pid nginx.pid;
error_log stderr info;
events { worker_connections 128; }
http {
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    @http
}
";

/// Names with underscores are let through, as nginx does not by default, so that the server gets to see them.
const FORWARD: &str = "
    access_log off;
    underscores_in_headers on;
    @maps
    server {
        listen @address;
        location = @ready { return 204; }
        location / {
            proxy_bind @source;
            proxy_pass http://@server;
            @header
        }
    }
";

const HAPROXY: &str = "
global
    log stderr format raw daemon
    maxconn 128
defaults
    mode http
    log global
    timeout connect 10s
    timeout client 30s
    timeout server 30s
frontend clients
    bind @address
    http-request return status 204 if { path @ready }
    @header
    default_backend servers
backend servers
    source @source
    server server @server
";

fn nginx_header(header: Header) -> &'static str {
    match header {
        Header::XForwardedFor => "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        Header::XRealIp => "proxy_set_header X-Real-IP $remote_addr;",
        Header::Forwarded => "proxy_set_header Forwarded $proxy_add_forwarded;",
        Header::ForwardedUnread => {
            "proxy_set_header Forwarded \"$http_forwarded, $proxy_forwarded_elem\";"
        }
    }
}

/// haproxy has an option of its own for `Forwarded` since version 2.8.
fn haproxy_header(header: Header) -> &'static str {
    match header {
        Header::XForwardedFor => "option forwardfor",
        Header::XRealIp => "http-request set-header X-Real-IP %[src]",
        Header::Forwarded | Header::ForwardedUnread => {
            r#"http-request add-header Forwarded for=%[src] unless { src -m sub : }
    http-request add-header Forwarded for=\"[%[src]]\" if { src -m sub : }"#
        }
    }
}
