//! A server that goes away and comes back.

use callhook_board::Browser;

use crate::example::Example;
use crate::scene::{IS_LIVE, Scene, inbound, url};

#[test]
fn the_page_finds_a_server_that_was_restarted_and_keeps_nothing_of_the_one_before() {
    let Scene { example, page } = Scene::new();
    assert_eq!(
        example
            .post(inbound("a", "440000000001", "101", true))
            .status,
        200
    );
    page.wait_for("document.querySelectorAll('#over > li').length === 1");
    page.value("window.isSameDocument = true");
    let private = example.private.expect("a private listener").to_string();
    drop(example);
    page.wait_for("document.querySelector('#status').dataset.state === 'lost'");
    // Until there is news, what was known stays.
    assert_eq!(
        page.number("document.querySelectorAll('#over > li').length"),
        1.0
    );

    let example = Example::start_with(&[("LISTEN_PRIVATE", &private)]);
    page.wait_for(IS_LIVE);
    page.wait_for("document.querySelectorAll('li.call').length === 0");
    assert_eq!(
        example
            .post(inbound("b", "440000000002", "102", false))
            .status,
        200
    );
    page.wait_for("document.querySelector('#open').innerText.includes('440000000002')");
    assert_eq!(page.value("window.isSameDocument"), true);
}

#[test]
fn an_open_page_does_not_hold_up_the_end_of_the_server() {
    let mut scene = Scene::new();
    let _second = {
        let page = Browser::shared().page();
        page.open(&url(&scene.example));
        page.wait_for(IS_LIVE);
        page
    };
    let ended = scene.example.terminate().expect("it ends");
    assert_eq!(ended.code(), Some(0));
    let output = scene.example.output.take();
    assert!(!output.contains("panicked"), "{output}");
}
