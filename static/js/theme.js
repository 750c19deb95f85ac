/* Which appearance: the system's, light or dark? Runs before the first paint, so that a dark page never flashes white.
   The choice is kept in this browser only. */
(function () {
  "use strict";
  var KEY = "cs-theme";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try { return localStorage.getItem(KEY) || "system"; } catch (error) { return "system"; }
  }

  function apply() {
    var choice = chosen();
    var theme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    root.setAttribute("data-bs-theme", theme);
    document.dispatchEvent(new CustomEvent("cs:theme", { detail: theme }));
  }

  function choose(choice) {
    try { localStorage.setItem(KEY, choice); } catch (error) { /* private window: the choice lasts for this page */ }
    apply();
  }

  apply();
  dark.addEventListener("change", apply);

  document.addEventListener("DOMContentLoaded", function () {
    var group = document.querySelector("[data-theme-switch]");
    if (!group) { return; }
    function mark() {
      group.querySelectorAll("[data-theme-choice]").forEach(function (button) {
        button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen()));
      });
    }
    group.hidden = false;
    mark();
    group.addEventListener("click", function (event) {
      var button = event.target.closest("[data-theme-choice]");
      if (button) { choose(button.dataset.themeChoice); mark(); }
    });
  });
})();
