/* How fast does a review move? Draws satisfied statements by day against the number needed and the deadline.
   Data: a JSON script named by the canvas's data-burnup. The same figures stand in a table beside the chart. */
(function () {
  "use strict";
  var charts = [];

  function token(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function words(day) {
    return new Date(day + "T00:00:00Z").toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  }

  /* Between the faster and the slower pace: the days on which Go is expected. An open end fades out to the right. */
  var expected = {
    id: "expected",
    beforeDatasetsDraw: function (chart, args, options) {
      if (options.from < 0) { return; }
      var area = chart.chartArea;
      var from = chart.scales.x.getPixelForValue(options.from);
      var to = options.to < 0 ? area.right : chart.scales.x.getPixelForValue(options.to);
      var pen = chart.ctx;
      pen.save();
      pen.fillStyle = token("--cs-work-tint");
      pen.strokeStyle = token("--cs-work-line");
      pen.fillRect(from, area.top, Math.max(to - from, 3), area.bottom - area.top);
      pen.strokeRect(from, area.top, Math.max(to - from, 3), area.bottom - area.top);
      pen.fillStyle = token("--cs-work-text");
      pen.font = "500 11px Inter, sans-serif";
      var room = from - area.left > 110;
      pen.textAlign = room ? "right" : "left";
      pen.fillText("Go expected", room ? from - 6 : Math.max(to, from + 3) + 6, (area.top + area.bottom) / 2);
      pen.restore();
    },
  };

  /* From today's number to the number needed, at the faster and at the slower pace. */
  function towards(data, days, day, label) {
    if (!day) { return []; }
    var now = data.satisfied.length - 1;
    var values = days.map(function (each, index) {
      return index === now ? data.satisfied[now] : each === day ? data.needed : null;
    });
    return [{ label: label, data: values, spanGaps: true, borderWidth: 1.5, borderDash: [2, 3],
      borderColor: token("--cs-work-solid"), pointRadius: 0, pointHitRadius: 0 }];
  }

  /* A vertical line on the day of the deadline. */
  var deadline = {
    id: "deadline",
    afterDatasetsDraw: function (chart, args, options) {
      if (options.index < 0) { return; }
      var x = chart.scales.x.getPixelForValue(options.index);
      var area = chart.chartArea;
      var pen = chart.ctx;
      pen.save();
      pen.strokeStyle = pen.fillStyle = token("--cs-unconfirmed-text");
      pen.setLineDash([3, 3]);
      pen.beginPath();
      pen.moveTo(x, area.top);
      pen.lineTo(x, area.bottom);
      pen.stroke();
      pen.font = "500 11px Inter, sans-serif";
      pen.textAlign = "right";
      pen.fillText("Deadline", x - 6, area.bottom - 8);
      pen.restore();
    },
  };

  /* The days that are still to come before the deadline, and to the end of what is expected, belong to the picture. */
  function daysToShow(data) {
    var days = data.labels.slice();
    var last = new Date(days[days.length - 1] + "T00:00:00Z");
    var end = new Date([data.deadline, data.latest, data.earliest].filter(Boolean).sort().pop() + "T00:00:00Z");
    while (last < end && days.length < 1000) {
      last.setUTCDate(last.getUTCDate() + 1);
      days.push(last.toISOString().slice(0, 10));
    }
    return days;
  }

  function draw(canvas) {
    var data = JSON.parse(document.getElementById(canvas.dataset.burnup).textContent);
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    var days = daysToShow(data);
    var labels = days.map(words);
    var ink = token("--cs-ink-soft");
    return new window.Chart(canvas, {
      type: "line",
      data: {
        labels: labels,
        datasets: [
          { label: "Satisfied", data: data.satisfied, stepped: true, borderWidth: 2, borderColor: token("--cs-confirmed-solid"),
            backgroundColor: token("--cs-confirmed-tint"), fill: true,
            pointRadius: data.satisfied.map(function (value, index) { return index === data.satisfied.length - 1 ? 4 : 0; }),
            pointBackgroundColor: token("--cs-confirmed-solid"), pointHitRadius: 12, clip: false },
          { label: "Needed: " + data.needed, data: labels.map(function () { return data.needed; }), borderWidth: 1.5,
            borderDash: [5, 4], borderColor: ink, pointRadius: 0, pointHitRadius: 0 },
        ].concat(towards(data, days, data.earliest, "Faster pace"),
          data.latest === data.earliest ? [] : towards(data, days, data.latest, "Slower pace")),
      },
      options: {
        maintainAspectRatio: false,
        animation: still ? false : { duration: 300 },
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { grid: { display: false }, border: { color: token("--cs-line") }, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 24 } },
          y: { min: 0, max: data.total, grid: { color: token("--cs-line") }, border: { display: false }, ticks: { color: ink, precision: 0, maxTicksLimit: 6 } },
        },
        plugins: {
          legend: { position: "top", align: "start", labels: { color: ink, boxWidth: 18, boxHeight: 1, font: { family: "Inter, sans-serif" } } },
          /* By the day itself: its words repeat every year. */
          deadline: { index: days.indexOf(data.deadline) },
          expected: { from: days.indexOf(data.earliest), to: days.indexOf(data.latest) },
        },
      },
      plugins: [expected, deadline],
    });
  }

  function drawAll() {
    charts.forEach(function (chart) { chart.destroy(); });
    charts = Array.from(document.querySelectorAll("canvas[data-burnup]"), draw);
  }

  if (!window.Chart) { return; }
  drawAll();
  document.addEventListener("cs:theme", drawAll);
  document.addEventListener("cs:live", drawAll);
})();
