/* Is typed text safe? A form with data-unsaved warns before the page is left with changes, and keeps a draft of its
   text in this tab until the form is sent. Text areas grow with what is typed. Passwords and files are never kept. */
(function () {
  "use strict";
  var dirty = new Set();

  function grow(area) {
    var rows = Math.min(30, Math.max(area.dataset.rows, area.value.split("\n").length + 1));
    area.rows = rows;
  }

  function keyOf(form) {
    return "cs-draft:" + location.pathname + ":" + (form.id || form.getAttribute("action") || "form");
  }

  function fields(form) {
    return Array.from(form.querySelectorAll("textarea[name], input[type=text][name]"));
  }

  function keep(form) {
    var texts = {};
    fields(form).forEach(function (field) {
      if (field.value !== field.defaultValue) { texts[field.name] = field.value; }
    });
    try { sessionStorage.setItem(keyOf(form), JSON.stringify(texts)); } catch (error) { /* full or private: warning still works */ }
  }

  function forget(form) {
    dirty.delete(form);
    try { sessionStorage.removeItem(keyOf(form)); } catch (error) { /* nothing was kept */ }
  }

  function restore(form) {
    var texts = {};
    try { texts = JSON.parse(sessionStorage.getItem(keyOf(form)) || "{}"); } catch (error) { return; }
    var restored = false;
    fields(form).forEach(function (field) {
      if (texts[field.name] !== undefined && texts[field.name] !== field.value) {
        field.value = texts[field.name];
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
    form.addEventListener("submit", function () { dirty.delete(form); });
  }

  function arm(part) {
    part.querySelectorAll("textarea").forEach(function (area) {
      area.dataset.rows = area.dataset.rows || area.rows || 4;
      grow(area);
    });
    part.querySelectorAll("form[data-unsaved]").forEach(watch);
  }

  /* The server confirms a save by rendering the new text, so a draft equal to it is spent. */
  function clearSpent() {
    document.querySelectorAll("form[data-unsaved]").forEach(function (form) {
      var changed = fields(form).some(function (field) { return field.value !== field.defaultValue; });
      if (!changed) { forget(form); }
    });
  }

  arm(document);
  clearSpent();
  document.addEventListener("htmx:load", function (event) { arm(event.target); });
  document.addEventListener("input", function (event) {
    if (event.target.tagName === "TEXTAREA") { grow(event.target); }
  });
  window.addEventListener("beforeunload", function (event) {
    if (dirty.size) { event.preventDefault(); }
  });
})();
