// The live preview: while a form with data-preview is changed, the page shows what the
// "Preview" button would show.
"use strict";

for (const form of document.querySelectorAll("form[data-preview]")) {
  const target = document.getElementById(form.dataset.preview);
  let waiting = 0;
  let asked = null;

  const preview = async () => {
    if (asked) asked.abort();
    asked = new AbortController();
    const fields = new URLSearchParams(new FormData(form));
    fields.set("do", "fragment");
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields, signal: asked.signal });
      if (answer.headers.get("X-Fragment") === "preview") target.innerHTML = await answer.text();
      else target.textContent = "There is no preview now. Press Preview to see why.";
    } catch (problem) {
      if (problem.name !== "AbortError") target.textContent = "There is no preview now: the server does not answer.";
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(preview, 250);
  });
}
