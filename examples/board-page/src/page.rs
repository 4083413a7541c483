//! The whole page.

use super::html::Moment;
use super::state::State;

/// The page as the server writes it first.
pub(crate) fn page(calls: &State, heard: &str, requests: &str, now: u64) -> String {
    let list = |is_open| -> (String, usize) {
        let rows = calls.list(is_open);
        let html = rows
            .take(SHOWN)
            .map(|(key, row)| row.html(key, now))
            .collect();
        (html, calls.list(is_open).count())
    };
    let (open, open_count) = list(true);
    let (over, over_count) = list(false);
    let agents = calls.agents_html();
    let stale = calls.stale_html();
    let moment = Moment(now);
    format!(
        r##"<!doctype html>
<html lang=en>
<head>
<meta charset=utf-8>
<meta name=viewport content="width=device-width, initial-scale=1">
<meta name=color-scheme content="light dark">
<title>Calls</title>
<link rel=icon href="data:,">
<link rel=stylesheet href="/board.css">
<script src="/board.js" defer></script>
</head>
<body data-shown={SHOWN} data-now={now}>
<a class=skip href="#calls">Skip to the calls</a>
<header>
<h1>Calls</h1>
<p id=status role=status data-state=still>As of {moment}</p>
<p id=stale role=status>{stale}</p>
<noscript><p>This page updates by itself where JavaScript is on. Here it is off: reload the page.</p></noscript>
<ul id=heard aria-label="Last heard">{heard}</ul>
</header>
<main id=calls tabindex=-1>
<p id=filter-row hidden><label for=filter>Show only</label> <input id=filter type=search autocomplete=off spellcheck=false placeholder="agent, number, outcome"> <span id=found role=status></span></p>
<section aria-labelledby=open-title>
<h2 id=open-title tabindex=-1>Going on <span class=count id=open-count>{open_count}</span></h2>
<ul id=open class=calls>{open}</ul>
<p class=none>No call to show.</p>
<button type=button id=open-more hidden>Show more</button>
</section>
<section aria-labelledby=over-title>
<h2 id=over-title tabindex=-1>Over <span class=count id=over-count>{over_count}</span></h2>
<ul id=over class=calls>{over}</ul>
<p class=none>No call to show.</p>
<button type=button id=over-more hidden>Show more</button>
</section>
</main>
<aside>
<section aria-labelledby=agents-title>
<h2 id=agents-title>Agents</h2>
<div id=agents>{agents}</div>
</section>
<section aria-labelledby=requests-title>
<h2 id=requests-title>Requests</h2>
<div id=requests>{requests}</div>
</section>
</aside>
</body>
</html>
"##
    )
}

/// Of each list, until somebody asks for more.
const SHOWN: usize = 200;
