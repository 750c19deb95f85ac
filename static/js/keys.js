/* What can be done with a key? "/" or Ctrl-K goes to the search, j and k to the next and the previous page
   (links with rel=next and rel=prev). Single keys can be switched off in the user's menu (WCAG 2.1.4). */
(function () {
  "use strict";
  var KEY = "cs-keys";

  function enabled() {
    try { return localStorage.getItem(KEY) !== "off"; } catch (error) { return true; }
  }

  function remember(on) {
    try { localStorage.setItem(KEY, on ? "on" : "off"); } catch (error) { /* lasts for this page */ }
    document.documentElement.dataset.keys = on ? "on" : "off";
  }

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  function openSearch() {
    var box = document.getElementById("cs-search");
    if (!box) { return false; }
    var menu = document.getElementById("cs-nav");
    if (menu && box.offsetParent === null) { menu.classList.add("show"); }
    box.focus();
    box.select();
    return true;
  }

  function follow(rel) {
    var link = document.querySelector("main a[rel~=" + rel + "]");
    if (!link) { return false; }
    link.click();
    return true;
  }

  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.altKey || event.isComposing) { return; }
    var done = false;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      done = openSearch();
    } else if (!event.ctrlKey && !event.metaKey && enabled() && !typing(event.target)) {
      if (event.key === "/") { done = openSearch(); }
      if (event.key === "j") { done = follow("next"); }
      if (event.key === "k") { done = follow("prev"); }
    }
    if (done) { event.preventDefault(); }
  });

  var control = document.querySelector("[data-keys-switch]");
  if (control) {
    var box = control.querySelector("input");
    control.hidden = false;
    box.checked = enabled();
    remember(box.checked);
    box.addEventListener("change", function () { remember(box.checked); });
  }
})();
