/* Draws the charts of the overview and of the syncs: canvas[data-chart] names a JSON script with labels (days) and series. Any chart of a
   page can be walked through with the arrow keys; what is pointed at is said. The same figures stand in a table. */
(function () {
  "use strict";
  if (!window.Chart) { return; }
  var charts = [];

  function token(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

  function words(day) {
    return new Date(day + "T00:00:00Z").toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  }

  function series(each, kind) {
    var color = token("--cs-" + each.tone + "-solid");
    if (kind === "bar") { return { label: each.label, data: each.data, backgroundColor: color, borderRadius: 3, maxBarThickness: 28 }; }
    var quiet = each.tone === "idle";
    return { label: each.label, data: each.data, borderColor: color, backgroundColor: token("--cs-" + each.tone + "-tint"), fill: !quiet,
      borderWidth: quiet ? 1.5 : 2, borderDash: quiet ? [5, 4] : [], spanGaps: true, tension: 0, pointRadius: each.data.length > 40 ? 0 : 2,
      pointHitRadius: 12, clip: false };
  }

  function draw(canvas) {
    var data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    var ink = token("--cs-ink-soft");
    return new window.Chart(canvas, {
      type: data.kind || "line",
      data: { labels: data.labels.map(words), datasets: data.series.map(function (each) { return series(each, data.kind); }) },
      options: {
        maintainAspectRatio: false,
        animation: still ? false : { duration: 300 },
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { grid: { display: false }, border: { color: token("--cs-line") }, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 24 } },
          y: { beginAtZero: true, suggestedMax: 4, grid: { color: token("--cs-line") }, border: { display: false }, ticks: { color: ink, precision: 0, maxTicksLimit: 6 } },
        },
        plugins: {
          legend: { display: data.series.length > 1, position: "top", align: "start", labels: { color: ink, boxWidth: 18, boxHeight: 1, font: { family: "Inter, sans-serif" } } },
        },
      },
    });
  }

  function drawAll() {
    charts.forEach(function (chart) { chart.destroy(); });
    charts = Array.from(document.querySelectorAll("canvas[data-chart]"), draw);
  }

  /* Arrow keys, Home and End go from day to day, over the days that have a value. */
  function walk(canvas, key) {
    var chart = window.Chart.getChart(canvas);
    var sets = chart && chart.data.datasets;
    if (!sets || !sets[0]) { return false; }
    var places = sets[0].data.map(function (value, place) { return value === null ? -1 : place; }).filter(function (place) { return place >= 0; });
    var last = places.length - 1;
    var at = places.indexOf(Number(canvas.dataset.at));
    var next = { ArrowRight: Math.min(at + 1, last), ArrowLeft: at < 0 ? last : Math.max(at - 1, 0), Home: 0, End: last }[key];
    if (next === undefined || last < 0) { return false; }
    var place = places[next];
    canvas.dataset.at = place;
    var active = sets.map(function (set, index) { return { datasetIndex: index, index: place }; })
      .filter(function (each) { var value = sets[each.datasetIndex].data[place]; return value !== null && value !== undefined; });
    var point = chart.getDatasetMeta(0).data[place];
    chart.setActiveElements(active);
    chart.tooltip.setActiveElements(active, { x: point.x, y: point.y });
    chart.update("none");
    say(canvas, chart.data.labels[place] + ": " + active.map(function (each) {
      return sets[each.datasetIndex].label + " " + sets[each.datasetIndex].data[place];
    }).join(", "));
    return true;
  }

  function say(canvas, text) {
    var spoken = canvas.parentElement.querySelector("[role=status]");
    if (!spoken) {
      spoken = document.createElement("span");
      spoken.className = "visually-hidden";
      spoken.setAttribute("role", "status");
      canvas.parentElement.append(spoken);
    }
    spoken.textContent = text;
  }

  drawAll();
  document.addEventListener("cs:theme", drawAll);
  document.addEventListener("cs:live", drawAll);
  document.addEventListener("keydown", function (event) {
    if (event.target.tagName === "CANVAS" && walk(event.target, event.key)) { event.preventDefault(); }
  });
})();
