/* Messages can be dismissed; the button appears only where this script runs. */
(function () {
  "use strict";
  function arm(part) {
    part.querySelectorAll("[data-alert-close]").forEach(function (button) { button.hidden = false; });
  }
  arm(document);
  document.addEventListener("htmx:load", function (event) { arm(event.target); });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-alert-close]");
    if (button) { button.closest("[data-alert]").remove(); }
  });
})();
