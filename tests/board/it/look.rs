//! How the board looks: contrast, dark and light, on a phone, and in the README.

use std::{env, fs};

use callhook::testing::calls::{Edition, Scenario};
use callhook_test_support::request;
use serde_json::Value;

use crate::scene::{Scene, call, inbound};

/// Each text that is to be seen with its contrast to what is behind it, by the rules of WCAG 2, the worst first.
const CONTRASTS: &str = r#"(() => {
    const parse = (color) => {
        const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
        return { rgb: [r, g, b], a };
    };
    const behind = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const { rgb, a } = parse(getComputedStyle(one).backgroundColor);
            if (a === 1) return rgb;
            if (a > 0) throw new Error('half transparent');
        }
        throw new Error('nothing behind');
    };
    const luminance = (rgb) => {
        const [r, g, b] = rgb.map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, other) => {
        const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    };
    const found = [];
    const measure = (element, style, text) => found.push({ text, contrast: contrast(parse(style.color).rgb, behind(element)) });
    for (const element of document.body.querySelectorAll('*')) {
        const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('');
        if (own && element.checkVisibility()) measure(element, getComputedStyle(element), own);
        if (element.placeholder) measure(element, getComputedStyle(element, '::placeholder'), element.placeholder);
    }
    return found.sort((a, b) => a.contrast - b.contrast);
})()"#;

/// A board with everything on it that has a colour of its own.
fn colourful() -> Scene {
    let scene = Scene::new();
    scene.send(&call(Scenario::InboundMissed, Edition::Piopiy2024, 1));
    scene.send(&call(Scenario::OutboundNoAnswer, Edition::Voipappz, 2));
    scene.send(&call(Scenario::InboundVoicemail, Edition::ChubLive, 5));
    scene.send(&call(Scenario::InboundAnswered, Edition::ChubLive, 3));
    scene.send(&call(Scenario::OutboundAnswered, Edition::Piopiy2024, 4));
    let talking = call(Scenario::InboundAnswered, Edition::ChubLive, 7);
    let until = talking
        .messages()
        .iter()
        .position(|message| message.name().contains("answered-b"));
    let until = until.expect("an answer") + 1;
    for message in &talking.messages()[..until] {
        scene.send_one(&talking, message);
    }
    let ringing = call(Scenario::InboundTwoAgents, Edition::ChubLive, 9);
    for message in &ringing.messages()[..3] {
        scene.send_one(&ringing, message);
    }
    let again = call(Scenario::InboundAnswered, Edition::ChubLive, 3);
    scene.send(&again);
    let forged = request("POST", "/webhooks/telecmi?token=wrong", &[], b"{}");
    assert_eq!(scene.example.exchange(&forged).status, 401);
    scene.page.wait_for(
        "['ringing', 'talking', 'answered', 'missed', 'trouble', 'fine'].every(name => document.querySelector('.' + name))",
    );
    scene
}

#[test]
fn every_text_can_be_told_from_what_is_behind_it_in_the_dark_and_in_the_light() {
    let scene = colourful();
    let page = &scene.page;
    let mut backgrounds = Vec::new();
    for scheme in ["light", "dark"] {
        page.set_color_scheme(scheme);
        page.wait_for(&format!(
            "matchMedia('(prefers-color-scheme: {scheme})').matches"
        ));
        for state in ["live", "lost", "still"] {
            page.value(&format!(
                "document.querySelector('#status').dataset.state = '{state}'"
            ));
            let found = page.value(CONTRASTS);
            let found = found.as_array().expect("texts");
            assert!(found.len() > 50, "{}", found.len());
            let too_little: Vec<&Value> = found
                .iter()
                .filter(|text| text["contrast"].as_f64() < Some(4.5))
                .collect();
            assert!(too_little.is_empty(), "{scheme}, {state}: {too_little:?}");
        }
        backgrounds.push(page.text("getComputedStyle(document.body).backgroundColor"));
    }
    assert_ne!(backgrounds[0], backgrounds[1]);
    // And what is measured can be too little.
    page.value(
        "{ const rule = document.createElement('p'); rule.textContent = 'faint'; document.body.append(rule); \
         rule.attributeStyleMap.set('color', 'rgb(70, 70, 70)'); }",
    );
    let worst = &page.value(CONTRASTS)[0];
    assert_eq!(worst["text"], "faint");
    assert!(worst["contrast"].as_f64() < Some(4.5), "{worst}");
}

#[test]
fn on_a_phone_nothing_is_wider_than_the_screen() {
    let scene = colourful();
    let page = &scene.page;
    let long = "w".repeat(300);
    scene.post(&inbound("long", &"4".repeat(300), &long, false));
    scene.post(&inbound("long too", "440000000002", &long, true));
    page.wait_for("document.body.innerText.includes('wwwwwwww')");
    page.resize(360, 740, true);
    page.wait_for("innerWidth === 360");
    let width = page.number("document.documentElement.scrollWidth");
    assert!(width <= 360.0, "{width}");
    // Nor is anything cut off at the side.
    let beyond = "[...document.body.querySelectorAll('*')].filter(one => one.checkVisibility() && !one.matches('.skip') && \
        (one.getBoundingClientRect().right > 360.5 || one.getBoundingClientRect().left < -0.5)).map(one => one.outerHTML.slice(0, 80))";
    assert_eq!(page.value(beyond), serde_json::json!([]));
    // What is pressed is large enough for a finger, by WCAG 2.2.
    let small = "[...document.querySelectorAll('button, input')].filter(one => one.checkVisibility() && \
        one.getBoundingClientRect().height < 24).length";
    assert_eq!(page.number(small), 0.0);
}

/// The README's is made by this: `CALLHOOK_BOARD_PICTURE` names the file to write.
#[test]
fn a_picture_of_the_board_is_small_enough_for_a_readme() {
    let scene = colourful();
    scene.page.resize(1240, 800, false);
    scene.page.wait_for("innerWidth === 1240");
    let picture = scene.page.picture(1225, 700);
    if let Some(path) = env::var_os("CALLHOOK_BOARD_PICTURE") {
        fs::write(path, &picture).expect("a file");
    }
    assert!(picture.starts_with(b"\x89PNG"));
    assert!(picture.len() < 100_000, "{}", picture.len());
}
