//! The board by keyboard only.

use crate::scene::{Scene, inbound};

/// The id of what has the focus, or else its class.
const FOCUSED: &str = "(document.activeElement.id || document.activeElement.className || document.activeElement.tagName)";

const HAS_OUTLINE: &str = "(({outlineStyle, outlineWidth}) => outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2)\
    (getComputedStyle(document.activeElement))";

#[test]
fn everything_is_reached_by_keyboard_and_what_has_the_focus_is_seen() {
    let scene = Scene::new();
    let page = &scene.page;
    for number in 0..202 {
        scene.post(&inbound(
            &format!("open-{number}"),
            &format!("4400{number:08}"),
            "101",
            false,
        ));
        scene.post(&inbound(
            &format!("over-{number}"),
            &format!("4411{number:08}"),
            "102",
            true,
        ));
    }
    page.wait_for("document.querySelector('#over-more').innerText === 'Show 2 more of 2'");
    page.wait_for("document.querySelector('#open-more').innerText === 'Show 2 more of 2'");

    // In the order of the page, with nothing that has no use.
    for expected in ["skip", "filter", "open-more", "over-more"] {
        page.press("Tab");
        assert_eq!(page.text(FOCUSED), expected);
        assert_eq!(page.value(HAS_OUTLINE), true, "{expected}");
        let seen = "(({x, y, width, height}) => x >= 0 && y >= 0 && width > 0 && height > 0)\
            (document.activeElement.getBoundingClientRect())";
        assert_eq!(page.value(seen), true, "{expected}");
    }

    page.press("Enter");
    page.wait_for("document.querySelector('#over').childElementCount === 202");
    // The button is gone, and the focus goes to its list's title.
    page.wait_for(&format!("{FOCUSED} === 'over-title'"));

    page.value("document.activeElement.blur()");
    page.call("Page.bringToFront", serde_json::json!({}));
    scene.open();
    page.press("Tab");
    page.press("Enter");
    page.wait_for(&format!("{FOCUSED} === 'calls'"));
    page.press("Tab");
    assert_eq!(page.text(FOCUSED), "filter");
    page.write("441100000007");
    page.wait_for("document.querySelectorAll('li.call').length === 1");
    // News doesn't take the focus.
    scene.post(&inbound("later", "441100000007", "103", false));
    page.wait_for("document.querySelectorAll('li.call').length === 2");
    assert_eq!(page.text(FOCUSED), "filter");
    assert_eq!(page.text("document.activeElement.value"), "441100000007");
    // What was searched for is no part of the URL.
    let expected = format!("{}#calls", crate::scene::url(&scene.example));
    assert_eq!(page.text("location.href"), expected);
}

#[test]
fn only_the_connection_and_what_was_searched_for_are_read_out_and_everything_has_a_name() {
    let scene = Scene::new();
    let page = &scene.page;
    page.value(
        "{ window.said = []; for (const region of document.querySelectorAll('[role=status]')) \
         new MutationObserver(() => window.said.push(region.textContent)).observe(region, {childList: true, characterData: true, subtree: true}); }",
    );
    for number in 0..5 {
        scene.post(&inbound(
            &format!("call-{number}"),
            "440000000001",
            "101",
            false,
        ));
        page.wait_for(&format!(
            "document.querySelector('#open').childElementCount === {}",
            number + 1
        ));
    }
    assert_eq!(page.value("window.said"), serde_json::json!([]));
    let live = "[...document.querySelectorAll('[aria-live], [role=status], [role=alert], [role=log]')].map(one => one.id)";
    assert_eq!(
        page.value(live),
        serde_json::json!(["status", "stale", "found"])
    );

    let tree = page.call("Accessibility.getFullAXTree", serde_json::json!({}));
    let nodes = tree["nodes"].as_array().expect("nodes");
    let named: Vec<(&str, &str)> = nodes
        .iter()
        .filter(|node| node["ignored"] == false)
        .filter_map(|node| {
            Some((
                node["role"]["value"].as_str()?,
                node["name"]["value"].as_str().unwrap_or(""),
            ))
        })
        .collect();
    for expected in [
        ("link", "Skip to the calls"),
        ("heading", "Calls"),
        ("searchbox", "Show only"),
        ("region", "Going on 5"),
        ("region", "Over 0"),
        ("region", "Agents"),
        ("region", "Requests"),
    ] {
        assert!(
            named.contains(&expected),
            "{expected:?} is not among {named:?}"
        );
    }
    for role in [
        "button",
        "link",
        "searchbox",
        "textbox",
        "region",
        "columnheader",
        "rowheader",
    ] {
        assert!(!named.contains(&(role, "")), "a {role} without a name");
    }
}
