/* How does an item open beside the agenda without losing the place? The links themselves are filled in by htmx; here are
   the keys: j and k walk through the lines, Escape closes what is open and goes back to its line.
   Without this script the same links open the same panel with a new page. */
(function () {
  "use strict";
  var opener = null;
  var byKey = false;

  function lines() {
    return Array.from(document.querySelectorAll(".cs-sync-main .cs-sync-line-text > a")).filter(function (link) {
      return link.offsetParent !== null;
    });
  }

  function panel() { return document.querySelector("#beside .cs-beside"); }

  function mark(link) {
    document.querySelectorAll(".cs-sync-line a[aria-current]").forEach(function (each) { each.removeAttribute("aria-current"); });
    if (link) { link.setAttribute("aria-current", "true"); }
  }

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  /* The address of the page with the item in it; closing takes the item out again. */
  function without() {
    var address = new URL(window.location.href);
    address.searchParams.delete("item");
    address.searchParams.delete("of");
    return address.href.replace(/\?(?=#|$)/, "");
  }

  function close() {
    var open = panel();
    if (!open) { return false; }
    var line = opener && opener.isConnected ? opener : document.querySelector(".cs-sync-line a[aria-current]");
    document.getElementById("beside").replaceChildren();
    window.history.replaceState(null, "", without());
    mark(null);
    if (line) { line.focus(); } else { document.getElementById("main").focus(); }
    opener = null;
    return true;
  }

  function step(by) {
    var all = lines();
    if (!all.length) { return false; }
    var here = all.indexOf(document.activeElement);
    if (here < 0) { here = all.indexOf(document.querySelector(".cs-sync-main .cs-sync-line a[aria-current]")); }
    if (here < 0 && by < 0) { return false; }
    var link = all[Math.min(Math.max(here + by, 0), all.length - 1)];
    link.focus();
    link.scrollIntoView({ block: "nearest" });
    if (panel() && link.hasAttribute("data-beside")) { byKey = true; link.click(); }
    return true;
  }

  /* Before the keys of every page, which would follow links to a next page. */
  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) { return; }
    var done = false;
    if (event.key === "Escape" && !typing(event.target)) {
      done = close();
    } else if (!typing(event.target) && document.documentElement.dataset.keys !== "off") {
      if (event.key === "j") { done = step(1); }
      if (event.key === "k") { done = step(-1); }
    }
    if (done) { event.preventDefault(); event.stopPropagation(); }
  }, true);

  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-beside]");
    if (link) { opener = link; mark(link.closest(".cs-sync-line") ? link : null); }
    if (event.target.closest("[data-beside-close]") && panel()) { event.preventDefault(); close(); }
  });

  document.addEventListener("htmx:afterSettle", function () {
    if (!panel() || !opener) { return; }
    if (byKey) { byKey = false; return; }
    var title = document.getElementById("beside-title");
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "nearest" });
  });
})();
