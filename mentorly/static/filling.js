// A long form tells how far one has come, and keeps what was typed every few seconds. It works without this file too.
"use strict";

(() => {
  const form = document.querySelector("form.filling");
  if (!form) return;

  const far = form.querySelector(".far");
  const names = () => new Set([...form.elements]
    .filter((field) => field.closest(".part:not(.signing)") && field.name).map((field) => field.name));
  const isAnswered = (name) => new FormData(form).getAll(name).some((words) => String(words).trim());
  const tell = () => {
    if (!far) return;
    const all = names();
    const done = [...all].filter(isAnswered).length;
    const said = far.querySelector("p");
    said.textContent = said.dataset.said.replace("{done}", done).replace("{all}", all.size);
    far.querySelector("progress").value = done;
    far.hidden = false;
  };
  form.addEventListener("input", tell);
  tell();

  if (!("filling" in form.dataset)) return;
  const status = form.querySelector("[data-kept]");
  const going = new AbortController();
  let changed = false;
  let busy = false;

  const keep = async (leaving) => {
    if (!changed || busy || going.signal.aborted) return;
    const words = new FormData(form);
    words.delete("signature");
    words.set("save-later", "quietly");
    changed = false;
    busy = true;
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(words), keepalive: leaving, signal: going.signal,
      });
      const told = await answer.json();
      if (told.draft) form.elements["shown-draft"].value = told.draft;
      status.textContent = told.said;
    } catch {
      changed = true;
      if (!going.signal.aborted) status.textContent = form.dataset.lost;
    }
    busy = false;
  };

  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => going.abort());
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(true); });
  setInterval(() => keep(false), 5000);
})();
