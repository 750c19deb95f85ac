/* Is a form sent once? A double click would open two reviews or write a comment twice. A form can be sent again when its
   page is shown again, or after ten seconds, when no answer came. */
(function () {
  "use strict";
  var SECONDS = 10;
  var sent = new Set();

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post") { return; }
    if (sent.has(form)) { event.preventDefault(); return; }
    sent.add(form);
    setTimeout(function () { sent.delete(form); }, SECONDS * 1000);
  });
  window.addEventListener("pageshow", function () { sent.clear(); });
})();
