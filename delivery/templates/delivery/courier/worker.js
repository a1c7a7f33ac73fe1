/* The courier's phone without a network: pages that were read open again, what is said at a door waits in order.
   Only pages of the round and the desk's own files are kept; what was said is sent again by courier.js, as it was said. */
{% load static %}"use strict";

const PAGES = "round-pages";
const FILES = "round-files";
const ROUND = "{{ round }}";
const STATIC = "{% get_static_prefix %}";
const PATIENCE_MS = 4_000;
const KEPT_MS = 12 * 3_600_000;
const SAID = /\/stops\/\d+\/(delivery|part|refusal|failure)$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => event.waitUntil(readAhead(event.data.paths || [])));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (event.request.method === "GET" && url.pathname.startsWith(STATIC)) return event.respondWith(file(event.request));
  if (!url.pathname.startsWith(ROUND)) return;
  if (event.request.headers.get("X-Round")) return; // what waited is told again by the page, which knows how it ended
  if (event.request.method === "POST" && SAID.test(url.pathname)) return event.respondWith(say(event.request));
  if (event.request.method === "GET" && event.request.mode === "navigate") event.respondWith(page(event.request));
});

/* The desk's own files: as the desk has them, else as they were read last. */
async function file(request) {
  const files = await caches.open(FILES);
  try {
    const answer = await ask(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) await files.put(request, answer.clone());
    return answer;
  } catch {
    return (await files.match(request)) || Response.error();
  }
}

/* A page of the round: as the desk has it now; without a network as it was, for half a day. */
async function page(request) {
  try {
    const answer = await ask(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    await keep(request.url, answer.clone());
    return answer;
  } catch {
    const known = await (await caches.open(PAGES)).match(request.url);
    const kept = known && Date.now() - Date.parse(known.headers.get("Date")) < KEPT_MS ? known : null;
    return kept || (await (await caches.open(PAGES)).match(ROUND)) || Response.error();
  }
}

/* Ask the desk. A network that just goes is told now and then as an empty answer that is all right; the desk dates its own. */
async function ask(request, options) {
  const answer = await fetch(request, options);
  if (answer.ok && !answer.headers.get("Date")) throw new TypeError("nobody answered");
  return answer;
}

async function keep(address, answer) {
  const pages = await caches.open(PAGES);
  // Led to the door: whoever was signed in is not any more, and nobody reads their round here.
  if (answer.redirected || answer.status === 403) return caches.delete(PAGES);
  if (answer.ok) await pages.put(address, answer);
}

async function readAhead(paths) {
  for (const path of paths) {
    try {
      await keep(new URL(path, self.location.origin).href, await ask(path));
    } catch {
      return; // the network went; what is read is read
    }
  }
}

/* What is said at a door: told at once, or kept with its minute until there is a network. */
async function say(request) {
  const body = await request.clone().text();
  try {
    return await ask(request);
  } catch {
    await remember({ path: new URL(request.url).pathname, body, at: new Date().toISOString() });
    // A tap before the page was ready sends the form itself, and the browser wants a page.
    if (request.mode === "navigate") return Response.redirect(ROUND, 303);
    return new Response("", { status: 200, headers: { "HX-Redirect": ROUND } });
  }
}

function remember(said) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("round", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("said", { keyPath: "id", autoIncrement: true });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const deal = opening.result.transaction("said", "readwrite");
      deal.objectStore("said").add(said);
      deal.oncomplete = () => { opening.result.close(); resolve(); };
      deal.onerror = () => reject(deal.error);
    };
  });
}
