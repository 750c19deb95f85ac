/* How is an explanation put away that stands open under the pointer or the focus? With Escape (WCAG 1.4.13); the next
   move or key brings explanations back. Showing them needs no script. */
(function () {
  "use strict";
  var root = document.documentElement;

  document.addEventListener("keydown", function (event) {
    root.classList.toggle("cs-terms-closed", event.key === "Escape");
  });
  document.addEventListener("mouseover", function (event) {
    if (!event.target.closest(".cs-term")) { root.classList.remove("cs-terms-closed"); }
  });
})();
