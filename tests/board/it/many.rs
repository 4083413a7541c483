//! A thousand calls.

use std::thread;

use crate::scene::{Scene, inbound};

#[test]
fn a_thousand_calls_stay_usable() {
    let scene = Scene::new();
    let page = &scene.page;
    let send = |half: usize| {
        for number in (0..1_000).filter(|number| number % 2 == half) {
            let from = format!("44{number:010}");
            let agent = format!("agent-{}", number % 150);
            // Three in ten go on.
            let json = inbound(&format!("call-{number}"), &from, &agent, number % 10 >= 3);
            assert_eq!(scene.example.post(json).status, 200);
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| send(0));
        scope.spawn(|| send(1));
    });
    let text = |id: &str| format!("document.querySelector('#{id}').innerText");
    page.wait_for(&format!(
        "{} === '300' && {} === '700'",
        text("open-count"),
        text("over-count")
    ));
    let rows = |list: &str| {
        page.number(&format!(
            "document.querySelector('#{list}').childElementCount"
        ))
    };
    assert_eq!((rows("open"), rows("over")), (200.0, 200.0));
    let elements = page.number("document.querySelectorAll('*').length");
    assert!(elements < 10_000.0, "{elements}");

    // A key is answered, and what is not among the rows on the page is found.
    page.value("document.querySelector('#filter').focus()");
    page.write("440000000013");
    page.wait_for("document.querySelectorAll('li.call').length === 1");
    page.wait_for(&format!("{} === '1 found'", text("found")));
    assert!(
        page.text("document.querySelector('#over').innerText")
            .contains("440000000013")
    );
    page.value(
        "{ const filter = document.querySelector('#filter'); filter.value = ''; \
         filter.dispatchEvent(new Event('input')); }",
    );
    page.wait_for(&format!("{} === 'Show 200 more of 500'", text("over-more")));
    page.value("document.querySelector('#over-more').click()");
    page.wait_for("document.querySelector('#over').childElementCount === 400");

    // A change touches its own row only.
    page.value(
        "{ window.touched = 0; window.rows = 0; const count = (changes) => { for (const change of changes) \
         window.touched += [...change.addedNodes, ...change.removedNodes].filter(node => node.matches?.('li.call')).length; }; \
         for (const list of document.querySelectorAll('.calls')) \
         new MutationObserver(count).observe(list, {childList: true}); }",
    );
    scene.post(&inbound("one-more", "440000009999", "agent-1", false));
    page.wait_for(&format!("{} === '301'", text("open-count")));
    page.wait_for("document.querySelector('#open').innerText.includes('440000009999')");
    // One came, and one too many went.
    assert_eq!(page.number("window.touched"), 2.0);
    assert_eq!(page.errors(), [""; 0]);

    // The page that the server writes has no more rows than that either.
    let html = scene
        .example
        .exchange_privately(&callhook_test_support::request("GET", "/", &[], b""));
    assert_eq!(html.text().matches("<li class=\"call ").count(), 400);
}
