/* How many statements were satisfied at the end of each sync? The same figures stand in a table below the chart. */
(function () {
  "use strict";
  var charts = [];

  function token(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function draw(canvas) {
    var data = JSON.parse(document.getElementById(canvas.dataset.syncs).textContent);
    var ink = token("--cs-ink-soft");
    var chart = new window.Chart(canvas, {
      type: "line",
      data: {
        labels: data.labels.map(function (label, index) { return [label, data.days[index]]; }),
        datasets: [{ label: "Satisfied", data: data.satisfied, borderWidth: 2, borderColor: token("--cs-confirmed-solid"),
          backgroundColor: token("--cs-confirmed-solid"), pointRadius: 4, pointHitRadius: 16, clip: false }],
      },
      options: {
        maintainAspectRatio: false,
        animation: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { grid: { display: false }, border: { color: token("--cs-line") }, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 24 } },
          y: { min: 0, max: data.total, grid: { color: token("--cs-line") }, border: { display: false }, ticks: { color: ink, precision: 0, maxTicksLimit: 6 } },
        },
        plugins: { legend: { display: false } },
      },
    });
    /* The arrow keys go from sync to sync, as the mouse does. */
    var place = data.satisfied.length - 1;
    canvas.onkeydown = function (event) {
      var step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) { return; }
      event.preventDefault();
      place = Math.min(data.satisfied.length - 1, Math.max(0, place + step));
      chart.setActiveElements([{ datasetIndex: 0, index: place }]);
      chart.tooltip.setActiveElements([{ datasetIndex: 0, index: place }], { x: 0, y: 0 });
      chart.update();
    };
    return chart;
  }

  function drawAll() {
    charts.forEach(function (chart) { chart.destroy(); });
    charts = Array.from(document.querySelectorAll("canvas[data-syncs]"), draw);
  }

  if (!window.Chart) { return; }
  drawAll();
  document.addEventListener("cs:theme", drawAll);
})();
