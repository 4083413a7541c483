//! A phone menu, driven whole.

use actix_web::Responder;
use actix_web::web::{self, Data, ServiceConfig};
use callhook_actix::{
    Endpoint, GuardedWebhook, InvalidReply, OptionalReply, Webhook, WebhookMiddleware,
};
use callhook_test_support::conformance::Mount;
use callhook_test_support::ivr::{Ivr, IvrAdapter, IvrEvent};
use callhook_test_support::{Server as Served, ivr_conformance};

use crate::support::Server;

ivr_conformance!(Actix);

/// The middleware and the extractor in an actix app.
struct Actix;

impl IvrAdapter for Actix {
    async fn serve_ivr<E: IvrEvent>(
        &self,
        endpoint: Endpoint<E>,
        ivr: Ivr,
        mount: Mount,
    ) -> Served {
        let middleware = WebhookMiddleware::new(endpoint.clone());
        let app = move |app: &mut ServiceConfig| {
            let resource = web::resource("/hook")
                .app_data(endpoint.clone())
                .app_data(Data::new(ivr.clone()));
            let middleware = middleware.clone();
            match mount {
                Mount::Layered => app.service(resource.wrap(middleware).to(on_call::<E>)),
                Mount::Detached => {
                    app.service(resource.wrap(middleware.detached()).to(on_call::<E>))
                }
                Mount::GuardedWebhook | Mount::Unprocessed => {
                    app.service(resource.to(process::<E>))
                }
            };
        };
        Server::start(app).into_inner()
    }
}

async fn on_call<E: IvrEvent>(
    ivr: Data<Ivr>,
    call: Webhook<E>,
) -> Result<OptionalReply<E::Reply>, InvalidReply> {
    ivr.answer(&call).await
}

async fn process<E: IvrEvent>(
    ivr: Data<Ivr>,
    call: GuardedWebhook<E>,
) -> Result<impl Responder, InvalidReply> {
    call.process(async |delivery| ivr.answer(&delivery).await)
        .await
}
