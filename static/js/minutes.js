/* How are minutes typed in place? Enter saves a line; the form stays where it is and keeps what was typed until the server
   says that it is saved. What was refused is said above the lines. Without this script the same forms load the page anew. */
(function () {
  "use strict";
  if (window.csMinutes) { return; }
  window.csMinutes = true;
  var UNPROCESSABLE = 422;

  function formOf(event) {
    var from = event.detail.requestConfig ? event.detail.requestConfig.elt : event.target;
    var form = from.closest ? from.closest("form[data-minutes]") : null;
    return form;
  }

  function say(form, words) {
    var place = form.querySelector("[data-minutes-state]");
    if (place) { place.textContent = words; }
  }

  function now() {
    return new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  }

  function said() { return document.getElementById("minutes-said"); }

  var sent = new WeakMap(); // form -> what of it is on its way

  function isTicked(field) { return field.type === "checkbox"; }

  function valuesOf(form) {
    return Array.from(form.elements, function (field) { return isTicked(field) ? field.checked : field.value; });
  }

  /* What was saved goes; what was typed while it was on its way stays. */
  function clear(form) {
    var before = sent.get(form).values;
    var now = valuesOf(form);
    form.reset();
    Array.from(form.elements).forEach(function (field, place) {
      if (now[place] === before[place]) { return; }
      if (isTicked(field)) { field.checked = now[place]; return; }
      var goesOn = field.tagName === "TEXTAREA" && now[place].startsWith(before[place]);
      field.value = goesOn ? now[place].slice(before[place].length) : now[place];
    });
  }

  /* A form that stays says with the next save what this one left behind: only what differs from it is taken. */
  function remember(form) {
    form.querySelectorAll("[data-shown-of]").forEach(function (shown) {
      shown.value = sent.get(form).data.getAll(shown.dataset.shownOf).join(",");
    });
  }

  function settle(form) {
    if (said()) { said().replaceChildren(); }
    form.dispatchEvent(new CustomEvent("cs:saved"));
    if (form.dataset.minutesOnce !== undefined) { form.remove(); return; }
    if (form.dataset.minutesStays === undefined) { clear(form); } else { remember(form); }
    say(form, "Saved " + now());
    var first = form.querySelector("textarea");
    if (first) { first.focus(); }
    if (first && first.value) { first.dispatchEvent(new Event("input", { bubbles: true })); }
  }

  document.addEventListener("keydown", function (event) {
    var area = event.target;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || area.dataset.enterSaves === undefined) { return; }
    event.preventDefault();
    if (area.value.trim()) { area.form.requestSubmit(); }
  });

  document.addEventListener("htmx:beforeRequest", function (event) {
    var form = formOf(event);
    if (!form) { return; }
    sent.set(form, { values: valuesOf(form), data: new FormData(form) });
    say(form, "Saving…");
  });

  /* A refusal is shown above the lines; nothing that is being typed is touched. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    var form = formOf(event);
    if (!form || event.detail.xhr.status !== UNPROCESSABLE || !said()) { return; }
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    event.detail.target = said();
    event.detail.selectOverride = "#minutes-said";
    say(form, "Not saved");
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    var form = formOf(event);
    if (!form) { return; }
    var xhr = event.detail.xhr;
    if (xhr && xhr.status >= 200 && xhr.status < 300) { settle(form); return; }
    if (xhr && xhr.status === UNPROCESSABLE) { return; }
    say(form, "Not saved: the server did not answer as it should. What you typed is still here; try again.");
  });

  document.querySelectorAll("[data-minutes-hint]").forEach(function (hint) { hint.hidden = false; });
  document.addEventListener("htmx:load", function (event) {
    event.target.querySelectorAll("[data-minutes-hint]").forEach(function (hint) { hint.hidden = false; });
  });
})();
