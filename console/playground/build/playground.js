
// The script of the playground: it loads the program, gives it the fields of the page and
// shows what it returns. The program escapes everything that comes from the policy.
"use strict";

(() => {
  const element = (id) => document.getElementById(id);
  const version = "?v=" + document.currentScript.dataset.version;
  let policy = null;
  let waiting = 0; // to check what is typed
  let later = 0; // to describe it
  let described = false; // once at least

  const say = (text) => { element("status").textContent = text; };

  const loadProgram = async (imports) => {
    const packed = await fetch("playground.wasm.gzip" + version);
    if (!packed.ok) throw new Error("playground.wasm.gzip: " + packed.status);
    const unpacked = packed.body.pipeThrough(new DecompressionStream("gzip"));
    const answer = new Response(unpacked, { headers: { "Content-Type": "application/wasm" } });
    return WebAssembly.instantiateStreaming(answer, imports);
  };

  // keepChoice fills a drop-down, and keeps what is chosen where that is still there.
  const keepChoice = (select, options) => {
    const chosen = select.value;
    select.innerHTML = options;
    if (chosen) select.value = chosen;
    if (select.selectedIndex < 0) select.selectedIndex = 0;
  };

  // check shows the problems of the policy, and what it means as soon as the browser has
  // time.
  const check = () => {
    clearTimeout(waiting);
    waiting = 0;
    clearTimeout(later);
    const parts = playground.check(policy.value, element("whole").checked);
    if (typeof parts === "string") return say(parts);
    const valid = "role" in parts;
    element("problems").innerHTML = parts.problems;
    element("meaning").hidden = !valid;
    if (!valid) return say("The policy has problems.");
    keepChoice(element("role"), parts.role);
    keepChoice(element("action"), parts.action);
    element("answer").textContent = "";
    say("The policy is valid.");
    later = setTimeout(describe);
  };

  // describe shows what the policy means. When the browser has drawn that for the first time, it sets
  // a mark.
  const describe = () => {
    const parts = playground.describe();
    if (typeof parts === "string") return say(parts);
    for (const name in parts) element(name).innerHTML = parts[name];
    if (!described) requestAnimationFrame(() => setTimeout(() => performance.mark("described")));
    described = true;
  };

  const tryRequest = () => {
    if (waiting) check();
    if (element("meaning").hidden) return;
    const request = {};
    for (const name of ["role", "assigned", "action", "program", "place", "owner"]) request[name] = element(name).value;
    const answer = playground.try(request);
    if (typeof answer === "string") return say(answer);
    element("answer").innerHTML = answer.answer;
  };

  // select marks a line of the policy, from a column that counts bytes.
  const select = (line, column) => {
    const lines = policy.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    const bytes = new TextEncoder().encode(lines[line - 1]).slice(0, column - 1);
    const from = before + new TextDecoder().decode(bytes).length;
    policy.focus();
    policy.setSelectionRange(from, before + lines[line - 1].length);
  };

  const listen = () => {
    policy.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(check, 250);
    });
    element("whole").addEventListener("change", check);
    element("request").addEventListener("submit", (event) => {
      event.preventDefault();
      tryRequest();
    });
    element("problems").addEventListener("click", ({ target }) => {
      if (target.dataset.line) select(Number(target.dataset.line), Number(target.dataset.column));
    });
  };

  // read waits until the browser has read the page. The program loads meanwhile.
  const read = async () => {
    if (document.readyState === "loading") {
      await new Promise((done) => document.addEventListener("DOMContentLoaded", done));
    }
    policy = element("policy");
  };

  const start = async () => {
    const go = new Go();
    const [program] = await Promise.all([loadProgram(go.importObject), read()]);
    go.run(program.instance).then(() => say("The program has stopped. Load the page again."));
    listen();
    check();
    performance.mark("ready");
  };

  start().catch((problem) => read().then(() => say("The playground cannot be loaded: " + problem.message)));
})();
