/* The courier's round on a phone: what was said without a network is counted, hidden from the round, and sent again.
   The worker (courier/worker.js) keeps it; here it is told to the desk, each once, in its order, with its minute. */
(() => {
  "use strict";

  const AGAIN_MS = 10_000;
  const STOP = /\/stops\/(\d+)\//;
  const box = document.querySelector("[data-round]");
  if (!box || !navigator.serviceWorker) return;

  navigator.serviceWorker.register(box.dataset.worker, { scope: box.dataset.round });
  navigator.serviceWorker.ready.then((ready) => ready.active.postMessage({ paths: ahead() }));

  /* Every door of the round, and its page for a part, are read ahead while there is a network. */
  function ahead() {
    const stops = [...document.querySelectorAll("[data-ahead]")].flatMap((link) => link.dataset.ahead.split(" "));
    return [box.dataset.round, ...stops];
  }

  function store(mode, deed) {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open("round", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("said", { keyPath: "id", autoIncrement: true });
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const deal = opening.result.transaction("said", mode);
        const asked = deed(deal.objectStore("said"));
        deal.oncomplete = () => { opening.result.close(); resolve(asked?.result); };
        deal.onerror = () => reject(deal.error);
      };
    });
  }

  const waiting = () => store("readonly", (said) => said.getAll());
  const forget = (id) => store("readwrite", (said) => said.delete(id));
  const change = (row) => store("readwrite", (said) => said.put(row));

  let sending = false;

  async function send() {
    if (sending) return;
    sending = true;
    let told = 0;
    try {
      for (const row of (await waiting()).filter((one) => !one.refused)) {
        if (!(await tell(row))) break;
        told += 1;
      }
    } finally {
      sending = false;
    }
    await show();
    if (told && !(await waiting()).length) location.assign(box.dataset.round);
  }

  /* Tell the desk one thing. It knows the thing by its id: told twice it counts once. */
  async function tell(row) {
    const body = new URLSearchParams(row.body);
    body.set("said_at", row.at);
    body.delete("csrfmiddlewaretoken");
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const headers = { "X-CSRFToken": token, "HX-Request": "true", "X-Round": "again" };
    let answer;
    try {
      answer = await fetch(row.path, { method: "POST", body, headers, redirect: "manual" });
    } catch {
      return false;
    }
    if (answer.ok) return forget(row.id).then(() => true);
    // A page from before the night knows an old key: the page of now will send it. The door asks who it is.
    if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status >= 500 || answer.status === 429) return false;
    await change({ ...row, refused: answer.status });
    return true;
  }

  /* Say how much waits, and lead past the doors of which something was said already. */
  async function show() {
    const rows = await waiting();
    const kept = rows.filter((row) => !row.refused);
    const refused = rows.filter((row) => row.refused);
    const stops = new Set(kept.map((row) => STOP.exec(row.path)?.[1]));
    box.hidden = !rows.length;
    box.querySelector("[data-kept]").hidden = !kept.length;
    box.querySelector("[data-count]").textContent = kept.length;
    box.querySelector("[data-refused]").hidden = !refused.length;
    box.querySelector("[data-orders]").textContent = refused.map((row) => STOP.exec(row.path)?.[1]).join(", ");
    for (const door of document.querySelectorAll("[data-stop]")) door.hidden = stops.has(door.dataset.stop);
    const now = document.querySelector("[data-now]");
    if (!now || !stops.has(now.dataset.now)) return;
    const next = [...document.querySelectorAll("[data-stop]")].find((door) => !door.hidden);
    const there = next?.querySelector("a").href;
    // A door that was never read ahead shows the round instead: it is not asked for again and again.
    if (next && there !== location.href) return location.replace(there);
    for (const part of document.querySelectorAll("[data-of-stop]")) part.hidden = true;
  }

  box.querySelector("[data-forget]").addEventListener("click", async () => {
    for (const row of (await waiting()).filter((one) => one.refused)) await forget(row.id);
    await show();
  });
  // Signing out empties the phone: first what was said must be told.
  document.addEventListener("submit", async (event) => {
    if (event.target.matches?.("[action$='logout/']") && !box.hidden) { event.preventDefault(); box.scrollIntoView(); await send(); }
  }, true);
  window.addEventListener("online", send);
  window.setInterval(() => { if (!box.hidden) send(); }, AGAIN_MS);
  show().then(send);
})();
