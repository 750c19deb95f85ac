/* What did others change on this page meanwhile? Asks the address in the body's data-live-scope every two seconds while
   the page can be seen. When something happened, the page is fetched once more and its parts marked data-live (each with
   an id) take over what is new in them. A part in which somebody types, chooses or marks text stays as it is, and so does
   one marked data-live="ask", say a signature that is asked for: a button offers the change instead. Parts of one
   data-live-group, such as that signature and what it covers, change together or not at all. Charts draw anew on "cs:live". */
(function () {
  "use strict";
  var EVERY = 2000;
  var LONGEST = 60000;
  var SAID_EVERY = 60000; // for those who listen
  var AWAY = 5 * 60000; // far below what an answer looks back
  var LATE = 5; // seconds in which a change may become visible after its moment

  var body = document.body;
  var address = body && body.dataset.liveScope;
  if (!address || !window.Idiomorph) { return; }

  var shown = new Map(); // part's id -> its words as the server sent them last
  var held = null; // a newer page of which a part waits for a click
  var known = null; // numbers of the events of the last answer
  var today = body.dataset.liveToday;
  var etag = "";
  var answeredAt = Date.now();
  var stale = false;
  var stopped = false;
  var asking = false;
  var sending = false;
  var pause = EVERY;
  var timer = 0;
  var saidAt = 0;
  var swaps = 0; // how often htmx has put something new into the page

  /* What a person would notice: not how long ago things were, nor what forms carry unseen. */
  function wordsOf(part) {
    var copy = part.cloneNode(true);
    copy.querySelectorAll("input[type=hidden]").forEach(function (field) { field.removeAttribute("value"); });
    copy.querySelectorAll("time").forEach(function (time) { time.textContent = ""; });
    return copy.outerHTML;
  }

  function parts(root) { return Array.from(root.querySelectorAll("[data-live][id]")); }

  function changed(field) {
    if (field.type === "hidden" || field.type === "submit" || field.type === "button") { return false; }
    if (field.type === "checkbox" || field.type === "radio") { return field.checked !== field.defaultChecked; }
    if (field.type === "file") { return field.files.length > 0; }
    if (field.tagName !== "SELECT") { return field.value !== field.defaultValue; }
    var options = Array.from(field.options);
    return options.some(function (option) { return option.defaultSelected; })
      ? options.some(function (option) { return option.selected !== option.defaultSelected; })
      : field.selectedIndex > 0;
  }

  function dirty(node) {
    return Array.from(node.querySelectorAll("input, textarea, select")).some(changed);
  }

  function busy(part) {
    var focus = document.activeElement;
    var marked = document.getSelection();
    return (focus && part.contains(focus) && focus.matches("input, textarea, select, [contenteditable]"))
      || (marked && !marked.isCollapsed && part.contains(marked.anchorNode))
      || dirty(part);
  }

  /* What the page's own scripts and the reader did to an element is theirs. */
  function isOurs(name, node) {
    if (name === "data-watched" || name === "data-rows" || name === "data-bs-popper") { return true; }
    if (name === "rows") { return node.tagName === "TEXTAREA"; }
    if (name === "open") { return node.tagName === "DETAILS" || node.tagName === "DIALOG"; }
    if (name === "class" || name === "aria-expanded") {
      return node.classList.contains("show") || node.classList.contains("collapsing");
    }
    return name === "tabindex" && node.hasAttribute("data-live");
  }

  var callbacks = {
    beforeNodeMorphed: function (before, after) {
      if (before.nodeType !== Node.ELEMENT_NODE) { return true; }
      if (before.tagName === "CANVAS") { before.setAttribute("aria-label", after.getAttribute("aria-label") || ""); return false; }
      return !(before.tagName === "FORM" && dirty(before));
    },
    beforeAttributeUpdated: function (name, node) { return !isOurs(name, node); },
  };

  /* The parts of a newer page that differ from what is shown, each with the others of its group. */
  function differences(page) {
    var groups = new Map();
    parts(page).forEach(function (after) {
      var before = document.getElementById(after.id);
      if (!before || !before.hasAttribute("data-live")) { return; }
      var words = wordsOf(after);
      var name = after.dataset.liveGroup || before.dataset.liveGroup || after.id;
      if (!groups.has(name)) { groups.set(name, []); }
      groups.get(name).push({ before: before, after: after, words: words, differs: words !== shown.get(after.id) });
    });
    return Array.from(groups.values()).filter(function (pairs) {
      return pairs.some(function (pair) { return pair.differs; });
    });
  }

  function waits(pair) {
    return pair.before.dataset.live === "ask" || pair.after.dataset.live === "ask" || (pair.differs && busy(pair.before));
  }

  function take(pair) {
    window.Idiomorph.morph(pair.before, pair.after, { callbacks: callbacks });
    var part = document.getElementById(pair.after.id);
    shown.set(part.id, pair.words);
    if (window.htmx) { window.htmx.process(part); }
    part.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
  }

  function show(page) {
    var taken = 0;
    held = null;
    differences(page).forEach(function (pairs) {
      if (pairs.some(waits)) { held = page; return; }
      pairs.forEach(take);
      taken += pairs.length;
    });
    if (taken) { document.dispatchEvent(new CustomEvent("cs:live")); }
    if (held) { offer(); } else if (taken) { say("Updated " + clock(), 4000); } else { hush("offer"); }
  }

  function showHeld() {
    var pairs = differences(held).flat();
    held = null;
    pairs.forEach(take);
    document.dispatchEvent(new CustomEvent("cs:live"));
    var first = pairs.length && document.getElementById(pairs[0].after.id);
    if (first) { first.tabIndex = -1; first.focus(); first.scrollIntoView({ block: "nearest" }); }
    say("Updated " + clock(), 4000);
  }

  function clock() {
    return new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  }

  /* One small notice at the foot of the page, and words for those who listen. */
  var notice = document.createElement("div");
  notice.className = "cs-live d-print-none";
  notice.hidden = true;
  var spoken = document.createElement("div");
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  body.append(notice, spoken);

  function speak(words, always) {
    if (!always && Date.now() - saidAt < SAID_EVERY) { return; }
    saidAt = Date.now();
    spoken.textContent = words;
  }

  function put(kind, words, act) {
    clearTimeout(put.timer);
    notice.replaceChildren(words);
    if (act) { notice.append(" ", act); }
    notice.dataset.kind = kind;
    notice.hidden = false;
  }

  function say(words, milliseconds) {
    put("said", words);
    speak(words, false);
    put.timer = setTimeout(function () { hush("said"); }, milliseconds);
  }

  function hush(kind) { if (notice.dataset.kind === kind) { notice.hidden = true; } }

  function offer() {
    if (!notice.hidden && notice.dataset.kind === "offer") { return; }
    var button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm";
    button.textContent = "Show";
    button.addEventListener("click", showHeld);
    put("offer", "Changed by others.", button);
    speak("Changed by others.", true);
  }

  function end(words, label, href) {
    stopped = true;
    var link = document.createElement("a");
    link.className = "btn btn-sm";
    link.href = href;
    link.textContent = label;
    put("end", words, link);
    speak(words, true);
  }

  /* True when the answer says that nothing more can be had here. */
  function ended(response) {
    if (response.type === "opaqueredirect" || response.status === 401) {
      end("You were signed out.", "Sign in", location.href);
    } else if (response.status === 403 || response.status === 404) {
      end("You can no longer see this page.", "My work", "/");
    }
    return stopped;
  }

  function get(url, headers) {
    var said = { headers: headers, credentials: "same-origin", redirect: "manual", cache: "no-store" };
    return fetch(url, Object.assign(said, { signal: AbortSignal.timeout(LONGEST) }));
  }

  async function ask() {
    var response = await get(address, etag ? { "If-None-Match": etag } : {});
    if (ended(response)) { return; }
    if (response.status !== 304) {
      if (!response.ok) { throw new Error("status " + response.status); }
      var answer = await response.json();
      var news = known
        ? answer.events.some(function (number) { return !known.has(number); })
        : answer.others > Number(body.dataset.liveAt) - LATE;
      stale = stale || news || answer.today !== today || Date.now() - answeredAt > AWAY;
      known = new Set(answer.events);
      today = answer.today;
      etag = response.headers.get("ETag");
    } else if (Date.now() - answeredAt > AWAY) {
      stale = true;
    }
    answeredAt = Date.now();
  }

  async function refresh() {
    var href = location.href;
    var before = swaps;
    var response = await get(href.split("#")[0], { Accept: "text/html" });
    if (ended(response)) { return; }
    if (!response.ok) { throw new Error("status " + response.status); }
    var page = new DOMParser().parseFromString(await response.text(), "text/html");
    /* Between a click and its answer the page is no longer the reader's. What was opened, closed or saved meanwhile is
       newer than this answer, which is asked for again. */
    if (sending || swaps !== before || location.href !== href) { return; }
    stale = false;
    show(page);
  }

  async function look() {
    if (stopped || asking || sending || document.hidden) { return; }
    asking = true;
    try {
      await ask();
      if (stale && !stopped) { await refresh(); } else if (held && !stopped) { show(held); }
      pause = EVERY;
      hush("lost");
    } catch (error) {
      pause = Math.min(pause * 2, LONGEST);
      if (pause >= 8 * EVERY) { put("lost", "No connection: this page may be out of date."); }
    }
    asking = false;
    later();
  }

  /* Not all pages at the same moment. */
  function later() {
    clearTimeout(timer);
    if (!stopped && !document.hidden) { timer = setTimeout(look, pause * (0.9 + Math.random() / 5)); }
  }

  parts(document).forEach(function (part) { shown.set(part.id, wordsOf(part)); });
  document.addEventListener("htmx:afterSwap", function () { swaps += 1; });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { pause = EVERY; look(); } });
  window.addEventListener("pageshow", function (event) { sending = false; if (event.persisted) { look(); } });
  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented || event.target.method !== "post") { return; }
    sending = true;
    setTimeout(function () { sending = false; later(); }, 10000);
  });
  /* At once: what the page knows begins with the first answer, and a change may become visible between the two. */
  look();
})();
