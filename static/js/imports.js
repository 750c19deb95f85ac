/* How does a spreadsheet get in, and are its ticks kept? A file dropped anywhere on the page goes into the form's field.
   Ticks of a preview are sent as they are made; what was refused is said in the bar, and the ticks stay as they are.
   Without this script the file is chosen, and the ticks are sent with the page's buttons. */
(function () {
  "use strict";
  var UNPROCESSABLE = 422;
  var form = document.querySelector("form[data-drop]");
  var depth = 0;

  function carriesFiles(event) {
    return event.dataTransfer && Array.from(event.dataTransfer.types).includes("Files");
  }

  function leave() { depth = 0; document.body.classList.remove("cs-dragging"); }

  if (form) {
    document.addEventListener("dragenter", function (event) {
      if (carriesFiles(event)) { depth += 1; document.body.classList.add("cs-dragging"); }
    });
    document.addEventListener("dragleave", function (event) {
      if (carriesFiles(event)) { depth -= 1; if (depth <= 0) { leave(); } }
    });
    document.addEventListener("dragover", function (event) {
      if (carriesFiles(event)) { event.preventDefault(); }
    });
    document.addEventListener("drop", function (event) {
      if (!carriesFiles(event)) { return; }
      event.preventDefault();
      leave();
      var input = form.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      input.focus();
    });
  }

  function choices(event) {
    var from = event.detail.requestConfig ? event.detail.requestConfig.elt : event.target;
    return from.closest ? from.closest("form[data-choices]") : null;
  }

  function say(words) {
    var place = document.querySelector("[data-choices-said]");
    if (place) { place.textContent = words; }
  }

  /* A refusal comes with the bar that says it. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (!choices(event) || event.detail.xhr.status !== UNPROCESSABLE) { return; }
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    if (!choices(event)) { return; }
    var xhr = event.detail.xhr;
    var lost = !xhr || (xhr.status !== UNPROCESSABLE && (xhr.status < 200 || xhr.status >= 300));
    choices(event).classList.toggle("cs-import-unkept", lost);
    if (lost) {
      say("Not kept: the server did not answer as it should. Your ticks are still here; press “Keep the ticks”.");
    }
  });
})();
