/* How do several files get in at once? Enhances <form data-upload> with a multiple file field: files chosen, or dropped
   anywhere on the page, are sent one by one, each with the form's other fields, each with its own progress and its own
   refusal. Without this script the form sends them all in one go. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-upload]");
  if (!form) { return; }
  var input = form.querySelector("input[type=file]");
  var list = form.querySelector("[data-upload-list]");
  var queue = [];
  var active = null;
  var stored = 0;
  var failed = 0;
  var depth = 0;
  var SUMMARY = "cs-uploaded";
  if (!list) {
    list = document.createElement("ul");
    list.className = "cs-uploads";
    list.dataset.uploadList = "";
    form.append(list);
  }
  var summary = document.createElement("p");
  summary.className = "cs-muted cs-small";
  summary.setAttribute("role", "status");
  list.after(summary);

  function part(tag, className, text) {
    var node = document.createElement(tag);
    node.className = className;
    if (text) { node.textContent = text; }
    return node;
  }

  function size(bytes) {
    if (bytes < 1000) { return bytes + " bytes"; }
    if (bytes < 1e6) { return Math.round(bytes / 1e3) + " kB"; }
    return (bytes / 1e6).toFixed(1) + " MB";
  }

  /* After the reload: one message for all files. */
  function report() {
    var text = null;
    try {
      text = sessionStorage.getItem(SUMMARY);
      sessionStorage.removeItem(SUMMARY);
    } catch (error) { return; }
    var messages = document.getElementById("cs-messages");
    if (!text || !messages) { return; }
    var note = part("div", "cs-alert cs-alert-success", text);
    note.setAttribute("role", "status");
    messages.append(note);
  }

  /* Fields are read when a file is added, so changing them later does not change what waits. */
  function fieldsNow() {
    var data = new FormData(form);
    data.delete(input.name);
    return data;
  }

  function add(file) {
    var row = document.createElement("li");
    var job = { file: file, fields: fieldsNow(), row: row, state: part("span", "cs-upload-state", size(file.size) + " · waiting") };
    job.bar = document.createElement("progress");
    job.bar.className = "cs-progress";
    job.bar.max = 100;
    job.bar.value = 0;
    job.bar.setAttribute("aria-label", "Upload of " + file.name);
    row.append(part("span", "cs-upload-name", file.name), job.state, job.bar);
    list.append(row);
    queue.push(job);
  }

  function reasonOf(request) {
    var page = new DOMParser().parseFromString(request.responseText || "", "text/html");
    var named = page.querySelector("[data-upload-errors]");
    if (named && named.textContent.trim()) { return named.textContent.trim().replace(/\s+/g, " "); }
    if (request.status === 0) { return "The connection was lost. Nothing of this file was kept; try again."; }
    if (request.status === 413) { return "The file is too large."; }
    if (request.status === 403) { return "You may not add evidence here, or you were signed out. Reload the page and try again."; }
    return "The server could not take this file (answer " + request.status + "). Try again.";
  }

  function succeed(job) {
    stored += 1;
    job.row.classList.add("cs-upload-done");
    job.bar.remove();
    job.state.textContent = "Stored";
  }

  function fail(job, reason) {
    failed += 1;
    job.bar.remove();
    job.state.textContent = "Not stored";
    var error = part("div", "cs-upload-error");
    error.setAttribute("role", "alert");
    error.append(job.file.name + " was not stored: " + reason + " ");
    var retry = part("button", "btn btn-sm", "Try again");
    retry.type = "button";
    retry.setAttribute("aria-label", "Try again to upload " + job.file.name);
    retry.addEventListener("click", function () {
      failed -= 1;
      job.row.remove();
      add(job.file);
      next();
    });
    error.append(retry);
    job.row.append(error);
  }

  function send(job) {
    var data = job.fields;
    data.append(input.name, job.file, job.file.name);
    var request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", function (event) {
      if (!event.lengthComputable) { return; }
      var percent = Math.floor(100 * event.loaded / event.total);
      job.bar.value = percent;
      job.state.textContent = percent < 100 ? percent + " % of " + size(job.file.size) : "Checking";
    });
    request.addEventListener("loadend", function () {
      /* A redirect to the sign-in page ends in 200 as well: the address tells. */
      var signedOut = request.responseURL.indexOf("/accounts/login/") >= 0;
      if (signedOut) { fail(job, "You were signed out. Sign in in another tab, then try again."); }
      else if (request.status >= 200 && request.status < 400) { succeed(job); }
      else { fail(job, reasonOf(request)); }
      active = null;
      next();
    });
    request.send(data);
  }

  function next() {
    if (active) { return; }
    active = queue.shift() || null;
    if (active) {
      summary.textContent = "Uploading. Keep this page open.";
      send(active);
      return;
    }
    if (failed === 0 && stored > 0) {
      summary.textContent = stored === 1 ? "1 file stored." : stored + " files stored.";
      /* The page then lists what the server has, and says what happened. */
      try { sessionStorage.setItem(SUMMARY, summary.textContent); } catch (error) { /* the list itself tells */ }
      window.setTimeout(function () { window.location.reload(); }, 600);
    } else if (failed > 0) {
      summary.textContent = stored + " stored, " + failed + " not stored. Reload the page to see what is stored.";
    }
  }

  function take(files) {
    var required = Array.from(form.elements).filter(function (field) { return field !== input && field.willValidate; });
    var unfilled = required.find(function (field) { return !field.checkValidity(); });
    if (unfilled) {
      summary.textContent = "Fill in the fields above first, then drop or choose the files again.";
      unfilled.reportValidity();
      return;
    }
    Array.from(files).forEach(add);
    input.value = "";
    next();
  }

  report();
  form.addEventListener("submit", function (event) {
    if (input.files.length) {
      event.preventDefault();
      take(input.files);
    }
  });

  function carriesFiles(event) {
    return event.dataTransfer && Array.from(event.dataTransfer.types).includes("Files");
  }
  document.addEventListener("dragenter", function (event) {
    if (carriesFiles(event)) { depth += 1; document.body.classList.add("cs-dragging"); }
  });
  document.addEventListener("dragleave", function (event) {
    if (carriesFiles(event)) { depth -= 1; if (depth <= 0) { depth = 0; document.body.classList.remove("cs-dragging"); } }
  });
  document.addEventListener("dragover", function (event) {
    if (carriesFiles(event)) { event.preventDefault(); }
  });
  document.addEventListener("drop", function (event) {
    if (!carriesFiles(event)) { return; }
    event.preventDefault();
    depth = 0;
    document.body.classList.remove("cs-dragging");
    take(event.dataTransfer.files);
  });
  window.addEventListener("beforeunload", function (event) {
    if (active) { event.preventDefault(); }
  });
})();
