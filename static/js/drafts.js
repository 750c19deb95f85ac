/* Is typed text safe? A form with data-unsaved warns before the page is left with changes, and keeps a draft of its
   text in this tab until the form is sent. Text areas grow with what is typed. Passwords and files are never kept. */
(function () {
  "use strict";
  var PREFIX = "cs-draft:";
  var dirty = new Set();

  function grow(area) {
    var rows = Math.min(30, Math.max(area.dataset.rows, area.value.split("\n").length + 1));
    area.rows = rows;
  }

  function keyOf(form) {
    return PREFIX + location.pathname + ":" + (form.id || form.getAttribute("action") || "form");
  }

  function fields(form) {
    return Array.from(form.querySelectorAll("textarea[name], input[type=text][name]"));
  }

  function read(key) {
    try { return JSON.parse(sessionStorage.getItem(key) || "null"); } catch (error) { return null; }
  }

  function write(key, draft) {
    try { sessionStorage.setItem(key, JSON.stringify(draft)); } catch (error) { /* full or private: the warning still works */ }
  }

  function keep(form) {
    var texts = {};
    fields(form).forEach(function (field) {
      if (field.value !== field.defaultValue) { texts[field.name] = field.value; }
    });
    write(keyOf(form), { texts: texts, sent: false });
  }

  function markSent(form) {
    var draft = read(keyOf(form));
    dirty.delete(form);
    if (draft) { draft.sent = true; write(keyOf(form), draft); }
  }

  function forget(form) {
    dirty.delete(form);
    try { sessionStorage.removeItem(keyOf(form)); } catch (error) { /* nothing was kept */ }
  }

  /* A sent draft is spent when the next page arrives in the ordinary way and reports no error. After a sign-in page,
     a refusal or a lost connection the text is still needed. */
  function arrivedWell() {
    var visit = performance.getEntriesByType("navigation")[0];
    return (!visit || visit.type === "navigate") && !document.querySelector(".cs-alert-error");
  }

  function keptKeys() {
    try {
      return Object.keys(sessionStorage).filter(function (key) { return key.startsWith(PREFIX); });
    } catch (error) { return []; }
  }

  function unsendAll() {
    keptKeys().forEach(function (key) {
      var draft = read(key);
      if (draft && draft.sent) { draft.sent = false; write(key, draft); }
    });
  }

  function restore(form) {
    var draft = read(keyOf(form));
    if (!draft) { return; }
    if (draft.sent && arrivedWell()) { forget(form); return; }
    var restored = false;
    fields(form).forEach(function (field) {
      if (draft.texts[field.name] !== undefined && draft.texts[field.name] !== field.value) {
        field.value = draft.texts[field.name];
        restored = true;
      }
    });
    if (restored) { dirty.add(form); say(form); }
  }

  /* A restored draft is never a surprise: it says so and offers the saved text back. */
  function say(form) {
    var note = document.createElement("p");
    note.className = "cs-alert cs-alert-info";
    note.setAttribute("role", "status");
    var text = document.createElement("span");
    text.className = "cs-alert-text";
    text.textContent = "Your unsaved text was restored. ";
    var undo = document.createElement("button");
    undo.type = "button";
    undo.className = "btn btn-sm";
    undo.textContent = "Discard it";
    undo.addEventListener("click", function () {
      fields(form).forEach(function (field) { field.value = field.defaultValue; });
      forget(form);
      note.remove();
    });
    note.append(text, undo);
    form.prepend(note);
  }

  function watch(form) {
    if (form.dataset.watched) { return; }
    form.dataset.watched = "yes";
    restore(form);
    form.addEventListener("input", function () { dirty.add(form); keep(form); });
    form.addEventListener("submit", function () { markSent(form); });
    /* Sent without leaving the page. */
    form.addEventListener("cs:saved", function () { forget(form); });
  }

  function arm(part) {
    part.querySelectorAll("textarea").forEach(function (area) {
      area.dataset.rows = area.dataset.rows || area.rows || 4;
      grow(area);
    });
    part.querySelectorAll("form[data-unsaved]").forEach(watch);
  }

  if (document.querySelector(".cs-entrance")) { unsendAll(); }
  arm(document);
  document.addEventListener("htmx:load", function (event) { arm(event.target); });
  document.addEventListener("input", function (event) {
    if (event.target.tagName === "TEXTAREA") { grow(event.target); }
  });
  /* Whoever signs in next in this tab must not find the last person's words. */
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("form[action$='/logout/']")) { return; }
    keptKeys().forEach(function (key) { sessionStorage.removeItem(key); });
  });
  window.addEventListener("beforeunload", function (event) {
    if (dirty.size) { event.preventDefault(); }
  });
})();
