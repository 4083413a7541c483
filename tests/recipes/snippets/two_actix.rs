use actix_web::{Responder, web};
use callhook_actix::telecmi::Event;
use callhook_actix::{Endpoint, GuardedWebhook, Webhook, WebhookMiddleware};

/// Each resource has a middleware of its own.
fn wrapped(app: &mut web::ServiceConfig, sales: &Endpoint<Event>, support: &Endpoint<Event>) {
    for (path, endpoint) in [("/webhooks/sales", sales), ("/webhooks/support", support)] {
        app.service(web::resource(path).wrap(WebhookMiddleware::new(endpoint.clone())).to(on_call));
    }
}

async fn on_call(Webhook(call): Webhook<Event>) -> String {
    call.event().kind().to_owned()
}

/// Without middleware: each resource has app data of its own.
fn extracted(app: &mut web::ServiceConfig, sales: &Endpoint<Event>, support: &Endpoint<Event>) {
    for (path, endpoint) in [("/webhooks/sales", sales), ("/webhooks/support", support)] {
        app.service(web::resource(path).app_data(endpoint.clone()).to(process));
    }
}

async fn process(call: GuardedWebhook<Event>) -> Result<impl Responder, actix_web::Error> {
    call.process(async |delivery| Ok(delivery.event().kind().to_owned())).await
}
