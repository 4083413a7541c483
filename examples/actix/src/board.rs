//! The routes of the board, and the headers of all that is private.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpResponse, HttpResponseBuilder, web};
use example_board_page::{
    Board, EVENTS_PATH, EVENTS_TYPE, HEADERS, PAGE_TYPE, SCRIPT, SCRIPT_PATH, STYLE, STYLE_PATH,
};

/// The page at `/`, and what it asks for.
pub(crate) fn routes(board: Board) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        let file = |path, (media_type, text): (&'static str, &'static str)| {
            let send = move || async move { answer(HttpResponse::Ok(), media_type).body(text) };
            let resource = web::resource(path).route(web::get().to(send));
            resource.route(web::head().to(send))
        };
        config
            .app_data(web::Data::new(board))
            .service(
                web::resource("/")
                    .route(web::get().to(page))
                    .route(web::head().to(page)),
            )
            .service(file(STYLE_PATH, STYLE))
            .service(file(SCRIPT_PATH, SCRIPT))
            .service(web::resource(EVENTS_PATH).route(web::get().to(events)));
    }
}

/// What every answer of the private listener has.
pub(crate) fn headers() -> DefaultHeaders {
    HEADERS
        .into_iter()
        .fold(DefaultHeaders::new(), DefaultHeaders::add)
}

async fn page(board: web::Data<Board>) -> HttpResponse {
    answer(HttpResponse::Ok(), PAGE_TYPE).body(board.page())
}

async fn events(board: web::Data<Board>) -> HttpResponse {
    match board.events() {
        Some(events) => answer(HttpResponse::Ok(), EVENTS_TYPE).streaming(events.into_stream()),
        None => HttpResponse::ServiceUnavailable().finish(),
    }
}

fn answer(mut answer: HttpResponseBuilder, media_type: &'static str) -> HttpResponseBuilder {
    answer.insert_header((CONTENT_TYPE, media_type));
    answer
}
