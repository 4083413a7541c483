//! What a stranger, or a caller, would have the board do.

use callhook_board::Browser;
use callhook_test_support::request;
use serde_json::json;

use crate::scene::{Scene, inbound, url};

const HOSTILE: [&str; 6] = [
    "<script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 1'>",
    "\"><b id=injected>&amp;</b>' onclick='window.ran = 1",
    "\u{202e}\u{5d0}\u{5d1} txt.exe \u{2066}",
    "</ul></section></template><style>body{display:none}</style>",
    "data: a\n\nevent: change\ndata: {}",
];

#[test]
fn hostile_text_is_shown_as_text() {
    let scene = Scene::new();
    let page = &scene.page;
    for (number, text) in HOSTILE.iter().enumerate() {
        scene.post(&inbound(
            &format!("call-{number}"),
            text,
            text,
            number % 2 == 0,
        ));
    }
    let check = || {
        page.wait_for(&format!(
            "document.querySelectorAll('li.call').length === {}",
            HOSTILE.len()
        ));
        let shown =
            "[...document.querySelectorAll('li.call .agents bdi')].map(one => one.textContent)";
        let shown = page.value(shown);
        let agents = "[...document.querySelectorAll('#agents bdi')].map(one => one.textContent)";
        let agents = page.value(agents);
        for text in HOSTILE {
            // Control characters are replaced.
            let text = text.replace('\n', "\u{fffd}");
            for shown in [&shown, &agents] {
                let shown = shown.as_array().expect("texts");
                assert!(
                    shown.contains(&json!(text)),
                    "{text:?} is not among {shown:?}"
                );
            }
        }
        assert_eq!(page.value("window.ran"), json!(null));
        assert_eq!(
            page.number(
                "document.querySelectorAll('#injected, main img, main style, main script').length"
            ),
            0.0
        );
        // What turns the direction of writing round does so in its own element only.
        let direction = "document.querySelector('main').innerText.split('\\n').length > 1 && \
            [...document.querySelectorAll('bdi')].every(one => getComputedStyle(one).unicodeBidi === 'isolate')";
        assert_eq!(page.value(direction), true);
        assert_eq!(page.errors(), [""; 0]);
    };
    check();
    // As the server writes the page, too, before its script has run.
    scene.open();
    check();
    page.call(
        "Emulation.setScriptExecutionDisabled",
        json!({"value": true}),
    );
    page.open(&url(&scene.example));
    check();
}

#[test]
fn the_policy_forbids_what_the_page_does_not_need() {
    let scene = Scene::new();
    let page = &scene.page;
    page.value(
        "{ window.violated = []; addEventListener('securitypolicyviolation', (event) => window.violated.push(event.effectiveDirective)); \
         const script = document.createElement('script'); script.textContent = 'window.ran = 1'; document.body.append(script); \
         const style = document.createElement('style'); style.textContent = 'body { color: red }'; document.body.append(style); \
         const image = new Image(); image.src = 'http://192.0.2.1/x.png'; document.body.append(image); \
         const frame = document.createElement('iframe'); frame.src = '/'; document.body.append(frame); \
         fetch('http://192.0.2.1/').catch(() => {}); }",
    );
    page.wait_for("window.violated.length >= 5");
    let mut violated: Vec<String> =
        serde_json::from_value(page.value("window.violated")).expect("texts");
    violated.sort();
    assert_eq!(
        violated,
        [
            "connect-src",
            "frame-src",
            "img-src",
            "script-src-elem",
            "style-src-elem"
        ]
    );
    assert_eq!(page.value("window.ran"), json!(null));
}

#[test]
fn a_strangers_page_reads_neither_the_board_nor_its_events() {
    let scene = Scene::new();
    scene.post(&inbound("a", "440000000001", "101", false));
    let board = url(&scene.example);
    let stranger = Browser::shared().page();
    // It has no policy of its own that would keep it from asking.
    let read = format!(
        "Promise.all(['', 'events', 'calls', 'messages', 'board.js'].map(path => fetch('{board}' + path).then(() => path, () => 'refused')))"
    );
    assert_eq!(
        stranger.value(&read),
        json!(["refused", "refused", "refused", "refused", "refused"])
    );
    let heard = format!(
        "new Promise((resolve) => {{ const source = new EventSource('{board}events'); \
         source.onerror = () => {{ source.close(); resolve('refused'); }}; source.addEventListener('change', () => resolve('heard')); }})"
    );
    assert_eq!(stranger.value(&heard), "refused");
    let frame = format!(
        "new Promise((resolve) => {{ const frame = document.createElement('iframe'); frame.src = '{board}'; \
         frame.onload = () => resolve(frame.contentDocument === null); document.body.append(frame); }})"
    );
    assert_eq!(stranger.value(&frame), true);
    // The script and the style sheet are no stranger's either.
    let script = format!(
        "new Promise((resolve) => {{ const script = document.createElement('script'); script.src = '{board}board.js'; \
         script.onerror = () => resolve('refused'); script.onload = () => resolve('ran'); document.head.append(script); }})"
    );
    assert_eq!(stranger.value(&script), "refused");

    let rebound = request("GET", "/", &[], b"");
    let rebound = String::from_utf8(rebound).expect("text");
    let (_, rest) = rebound.split_once("\r\nhost: ").expect("a host");
    let (_, rest) = rest.split_once("\r\n").expect("a line");
    for path in ["/", "/events", "/board.js", "/board.css"] {
        let asked = format!("GET {path} HTTP/1.1\r\nhost: rebind.example\r\n{rest}");
        let answer = scene.example.exchange_privately(asked.as_bytes());
        assert_eq!((answer.status, answer.text()), (403, ""), "{path}");
    }
}
