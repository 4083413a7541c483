// Keeps the page as the server's events say it is. All HTML comes from the server, which escapes what messages say.
"use strict";

(() => {
  const PAGE = Number(document.body.dataset.shown);
  const SILENCE = 40_000; // ms: the server says something every 15 s.
  const AGAIN = 2_000; // ms

  const byId = (id) => document.getElementById(id);
  const status = byId("status");
  const filter = byId("filter");
  const found = byId("found");

  // Every call that the server keeps, by key: a row is made of it when it is to be seen.
  const calls = new Map();
  const lists = ["open", "over"].map((name) => ({
    isOpen: name === "open",
    rows: byId(name),
    count: byId(`${name}-count`),
    more: byId(`${name}-more`),
    limit: PAGE,
  }));

  // The server's clock, by this one.
  let ahead = Number(document.body.dataset.now) - Date.now();

  // As `Ago` of the server.
  const ago = (at) => {
    const seconds = Math.max(0, Math.floor((Date.now() + ahead - at) / 1000));
    if (seconds < 60) return `${seconds} s ago`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
    return `${Math.floor(seconds / 86400)} days ago`;
  };

  const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
  const moment = (at) => {
    const date = new Date(at);
    const isToday = date.toDateString() === new Date().toDateString();
    return isToday ? time.format(date) : `${day.format(date)}, ${time.format(date)}`;
  };

  const setText = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  const tick = (root) => {
    for (const element of root.querySelectorAll("time[data-ago]")) {
      setText(element, ago(Number(element.dataset.ago)));
    }
  };

  const localise = (root) => {
    for (const element of root.querySelectorAll("time[data-at]")) {
      setText(element, moment(Number(element.dataset.at)));
    }
    tick(root);
  };

  const put = (id, html) => {
    if (html === undefined) return;
    byId(id).innerHTML = html;
    localise(byId(id));
  };

  const row = (call) => {
    if (!call.node) {
      const template = document.createElement("template");
      template.innerHTML = call.html;
      call.node = template.content.firstElementChild;
      localise(call.node);
    }
    return call.node;
  };

  const draw = () => {
    const wanted = filter.value.trim().toLowerCase();
    let matches = 0;
    for (const list of lists) {
      const all = [...calls.values()].filter((call) => call.open === list.isOpen);
      const matching = wanted ? all.filter((call) => call.words.includes(wanted)) : all;
      matching.sort((a, b) => b.order - a.order || Number(b.key) - Number(a.key));
      const shown = matching.slice(0, list.limit);
      // Rows that stay where they are aren't touched.
      let next = list.rows.firstElementChild;
      const keep = new Set(shown.map(row));
      for (const call of shown) {
        while (next && !keep.has(next)) {
          const gone = next;
          next = next.nextElementSibling;
          gone.remove();
        }
        if (next === call.node) next = next.nextElementSibling;
        else list.rows.insertBefore(call.node, next);
      }
      while (next) {
        const gone = next;
        next = next.nextElementSibling;
        gone.remove();
      }
      // What is not on the page any more is made again when it is.
      for (const call of matching.slice(list.limit)) call.node = undefined;
      setText(list.count, String(all.length));
      const rest = matching.length - shown.length;
      // A button that has the focus stays, or the focus would be lost.
      if (rest === 0 && document.activeElement === list.more) list.rows.parentElement.querySelector("h2").focus();
      list.more.hidden = rest === 0;
      setText(list.more, `Show ${Math.min(rest, PAGE)} more of ${rest}`);
      matches += matching.length;
    }
    setText(found, wanted ? `${matches} found` : "");
    const open = lists[0].count.textContent;
    setText(document.querySelector("title"), open === "0" ? "Calls" : `(${open}) Calls`);
  };

  let isDue = false;
  const drawSoon = () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      draw();
    });
  };

  const say = (state, text) => {
    // Read out only when it differs.
    if (status.dataset.state === state) return;
    status.dataset.state = state;
    status.textContent = text;
  };

  let stale = byId("stale").innerHTML;
  const change = (data) => {
    ahead = data.now - Date.now();
    if (data.all) calls.clear();
    for (const key of data.gone) calls.delete(key);
    for (const call of data.calls) calls.set(call.key, call);
    put("heard", data.heard);
    put("requests", data.requests);
    put("agents", data.agents);
    // Read out only when it differs.
    if (data.stale !== stale) put("stale", (stale = data.stale));
    drawSoon();
  };

  let source;
  let heardAt = 0;
  const connect = () => {
    source?.close();
    heardAt = Date.now();
    source = new EventSource("/events");
    const hear = (event, then) => {
      heardAt = Date.now();
      say("live", "Live");
      then(JSON.parse(event.data));
    };
    source.addEventListener("change", (event) => hear(event, change));
    source.addEventListener("beat", (event) => hear(event, (data) => (ahead = data.now - Date.now())));
    source.addEventListener("error", (event) => {
      say("lost", "Connection lost, trying again");
      // The browser gives up where the answer is not one of events, such as a proxy's error.
      if (event.target.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN);
    });
  };

  setInterval(() => {
    tick(document);
    if (Date.now() - heardAt > SILENCE && source.readyState !== EventSource.CLOSED) {
      say("lost", "Connection lost, trying again");
      connect();
    }
  }, 1000);

  for (const list of lists) {
    list.more.addEventListener("click", () => {
      list.limit += PAGE;
      drawSoon();
    });
  }
  filter.addEventListener("input", drawSoon);
  // A browser fills in what was there before a reload.
  filter.value = "";
  byId("filter-row").hidden = false;
  localise(document);
  connect();
})();
