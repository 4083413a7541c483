//! A server, in a process of its own, with one worker.
//!
//! It prints its port, and ends when its standard input does: with the process that started it, however that ends.

use std::error::Error;
use std::io::{Read, stdin};
use std::net::{SocketAddr, TcpListener};
use std::{process, thread};

use actix_web::{App, HttpServer};
use callhook_load::app::{self, Hook};
use callhook_load::kind::{Framework, Kind};

/// Serves until the end of the standard input.
pub(crate) fn run(framework: &str, variant: &str) -> Result<(), Box<dyn Error>> {
    let kind = Kind::named(framework, variant).ok_or("no such server")?;
    thread::spawn(|| {
        let _ = stdin().read(&mut [0]);
        process::exit(0);
    });
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    println!("{}", listener.local_addr()?.port());
    let hook = Hook::of(kind.variant)?;
    match kind.framework {
        Framework::Axum => axum(listener, &hook),
        Framework::Actix => actix(listener, hook),
    }
}

fn axum(listener: TcpListener, hook: &Hook) -> Result<(), Box<dyn Error>> {
    let app = app::axum::app(hook);
    let needs_peer = matches!(hook, Hook::Callhook(_) | Hook::ByHand(_));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        if needs_peer {
            let app = app.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, app).await
        } else {
            axum::serve(listener, app).await
        }
    })?;
    Ok(())
}

fn actix(listener: TcpListener, hook: Hook) -> Result<(), Box<dyn Error>> {
    actix_web::rt::System::new().block_on(async {
        let app = move || {
            let hook = hook.clone();
            App::new().configure(move |config| app::actix::configure(config, &hook))
        };
        let server = HttpServer::new(app).workers(1).listen(listener)?;
        server.run().await
    })?;
    Ok(())
}
