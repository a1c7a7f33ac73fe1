/* The desk by hand: keys, rows, selection, dialogs, toasts, refusals, quantities, clocks.
   htmx fetches and swaps; this file only moves focus and listens to keys. No framework, nothing inline.
   What it listens to is listed in docs/pages.md. */
(() => {
  "use strict";

  const TOAST_MS = 10_000;
  const SLOW_MS = 300;
  const ROWS = "[data-row], .table tbody tr:has(a.go)";
  const FIELDS = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
  const CODES = { Slash: "/", BracketLeft: "[", BracketRight: "]", Comma: ",", NumpadEnter: "Enter" };

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const seen = (element) => element.getClientRects().length > 0;

  /* ---------- Keys: by their place on the keyboard, so that j works on a Cyrillic layout ---------- */

  let going = 0; // until when a letter after g means "go to"

  function nameOf(event) {
    if (event.key === "?") return "?";
    const letter = /^Key([A-Z])$/.exec(event.code);
    if (letter) return event.shiftKey ? "" : letter[1].toLowerCase();
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
    if (digit) return event.shiftKey && !/[0-9]/.test(event.key) ? "" : digit[1];
    return CODES[event.code] || event.key;
  }

  document.addEventListener("keydown", (event) => {
    if (separates(event)) return;
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const key = nameOf(event);
    const inField = event.target.matches?.(FIELDS);
    const dialog = one("dialog[open]");
    if (key === "Escape") return dialog ? undefined : leave(event);
    if (/^F\d+$/.test(key)) return act(event, key, dialog || document);
    if (!inField && !dialog && toScanner(event)) return;
    if (inField || (key.length === 1 && document.body.dataset.letters === "off")) return;
    if (dialog) return act(event, key, dialog);
    if (Date.now() < going) return follow(event, key);
    if (walk(event, key)) return;
    act(event, key, document);
    if (!event.defaultPrevented && key.length === 1) wakeScanner();
  });

  /* j k Enter x g / ? — the same on every page */
  function walk(event, key) {
    const works = {
      j: () => step(1),
      k: () => step(-1),
      x: () => tick(),
      Enter: () => open(event),
      g: () => { going = Date.now() + 1500; return true; },
      "/": () => focusOn(one("[data-find]")) || focusOn(all("input[type=search]").find(seen)),
      "?": () => showKeys(),
    };
    if (!works[key] || (key !== "j" && key !== "k" && event.repeat)) return false;
    if (one(`[data-key~="${key}"]`) && key !== "?") return false; // the page has its own use for this key
    const done = works[key]();
    if (done) event.preventDefault();
    return done;
  }

  function act(event, key, root) {
    if (!key || event.repeat) return;
    const pressed = all("[data-key]", root).filter((element) => element.dataset.key.split(" ").includes(key) && seen(element));
    const target = pressed.find((element) => current()?.contains(element)) || pressed[0]; // a key of each row acts on this one
    if (!target) return;
    event.preventDefault();
    if (target.matches(FIELDS)) return focusOn(target);
    if (target.getAttribute("aria-disabled") === "true" || target.disabled) return focusOn(target);
    target.click();
  }

  function follow(event, key) {
    going = 0;
    const link = one(`[data-go="${key}"]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  }

  function focusOn(element) {
    if (!element) return false;
    element.focus();
    element.select?.();
    return true;
  }

  /* Esc goes back one step: menu, field, drawer, selection, list */
  function leave(event) {
    const menu = one("details.menu[open]");
    if (menu) { menu.open = false; one("summary", menu).focus(); return; }
    const field = event.target.matches?.(FIELDS) ? event.target : null;
    if (field?.dataset.scan !== undefined) { field.value = ""; return; }
    if (field) { event.preventDefault(); field.blur(); return; }  // else a search field forgets what it was asked
    if (all("[data-select]:checked").length) { clearSelection(); return; }
    const way = all('[data-key~="Escape"], [data-close], a.back').find(seen);
    if (way) { event.preventDefault(); way.click(); }
  }

  function showKeys() {
    const dialog = one("#keys");
    if (!dialog) return false;
    const here = one("[data-keys-here]", dialog);
    const keys = (item) => all("kbd", item).map((kbd) => kbd.textContent).join(" ");
    const everywhere = new Set(all("[data-keys-all] > li", dialog).map(keys));
    const own = all("footer.keys > span:not(.end)").filter((span) => !everywhere.has(keys(span)) && keys(span) !== "?");
    here.closest("section").hidden = !own.length;
    here.replaceChildren(...own.map((span) => {
      const item = document.createElement("li");
      item.append(...[...span.childNodes].map((node) => node.cloneNode(true)));
      return item;
    }));
    dialog.showModal();
    return true;
  }

  /* ---------- Rows ---------- */

  function step(by) {
    const rows = all(ROWS).filter(seen);
    if (!rows.length) return false;
    const now = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
    const next = rows[Math.min(rows.length - 1, Math.max(0, now < 0 ? 0 : now + by))];
    mark(next);
    (one("a.go", next) || next).focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  function mark(row) {
    all(`:is(${ROWS})[aria-current=true]`).forEach((other) => other !== row && other.removeAttribute("aria-current"));
    row.setAttribute("aria-current", "true");
  }

  function current() {
    return all(`:is(${ROWS})[aria-current=true]`).find(seen);
  }

  function open(event) {
    if (event.target.closest?.("a, button, summary, label, [role=button]")) return false; // its own Enter
    const link = current() && one("a.go", current());
    link?.click();
    return Boolean(link);
  }

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.(ROWS);
    if (row && event.target.matches("a.go, [data-select]")) mark(row);
  });

  /* ---------- Selection and the bar of what may be done with it ---------- */

  function tick() {
    const box = current() && one("[data-select]", current());
    if (!box) return false;
    box.click();
    return true;
  }

  function clearSelection() {
    all("[data-select]:checked, [data-select-all]:checked").forEach((box) => { box.checked = false; });
    showSelection();
  }

  function showSelection() {
    const boxes = all("[data-select]");
    const chosen = boxes.filter((box) => box.checked).length;
    all("[data-bulk]").forEach((bar) => { bar.hidden = !chosen; });
    all("[data-selected]").forEach((count) => { count.textContent = String(chosen); });
    all("[data-select-all]").forEach((box) => {
      box.checked = chosen > 0 && chosen === boxes.length;
      box.indeterminate = chosen > 0 && chosen < boxes.length;
    });
  }

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-select-all]")) all("[data-select]").forEach((other) => { other.checked = box.checked; });
    if (box.matches("[data-select], [data-select-all]")) showSelection();
    if (box.form?.matches("[data-auto]") && !box.hasAttribute("hx-get")) box.form.requestSubmit();  // that one asked already
  });

  /* ---------- Clicks: dialogs, menus, quantities, printing ---------- */

  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-opens], [data-closes], [data-step], [data-print], [data-clear-selection], [data-dismiss], [aria-disabled=true]");
    all("details.menu[open]").filter((menu) => !menu.contains(event.target)).forEach((menu) => { menu.open = false; });
    if (!target) return;
    if (target.getAttribute("aria-disabled") === "true") { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (target.dataset.opens) one(`#${CSS.escape(target.dataset.opens)}`)?.showModal();
    if (target.dataset.closes !== undefined) target.closest("dialog")?.close();
    if (target.dataset.step) count(target);
    if (target.dataset.print !== undefined) window.print();
    if (target.dataset.clearSelection !== undefined) clearSelection();
    if (target.dataset.dismiss !== undefined) target.closest(".toast, .refusal, .drawer")?.remove();
  }, true);

  function count(button) {
    const input = one("input", button.closest(".qty") || document.getElementById(button.dataset.of));
    const low = input.min === "" ? 0 : Number(input.min);
    const high = input.max === "" ? 100_000 : Number(input.max);
    const value = Math.min(high, Math.max(low, (Number.parseInt(input.value, 10) || 0) + Number(button.dataset.step)));
    if (String(value) === input.value) return;
    input.value = String(value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function showDialogs(root) {
    all("dialog[data-open]:not([open])", root).forEach((dialog) => {
      dialog.removeAttribute("data-open");
      dialog.addEventListener("close", () => dialog.closest("#dialog") && dialog.remove(), { once: true });
      dialog.showModal();
    });
  }

  /* ---------- Toasts: 10 s, longer while somebody is at them ---------- */

  function time(toast) {
    if (toast.dataset.timed) return;
    toast.dataset.timed = "yes";
    let timer = 0;
    const start = () => { timer = window.setTimeout(() => toast.remove(), TOAST_MS); };
    const hold = () => window.clearTimeout(timer);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("pointerenter", hold);
    toast.addEventListener("focusout", start);
    toast.addEventListener("pointerleave", start);
    start();
  }

  /* ---------- htmx: refusals, focus, slow answers ---------- */

  /** The refusal region nearest to what was pressed; a dialog gets one of its own, the page's own would lie under it. */
  function regionFor(element) {
    const dialog = element.closest("dialog[open]");
    for (let place = element; place; place = place.parentElement) {
      const region = one("[data-refusals]", place);
      if (region && (!dialog || dialog.contains(region))) return region;
      if (place === dialog) break;
    }
    const region = document.createElement("div");
    region.dataset.refusals = "";
    (dialog || one("main") || document.body).prepend(region);
    return region;
  }

  function say(region, template) {
    region.replaceChildren(one(template).content.cloneNode(true));
    attend(region);
  }

  function attend(region) {
    const refusal = one(".refusal", region) || region;
    refusal.tabIndex = -1;
    refusal.focus();
    refusal.scrollIntoView({ block: "nearest" });
  }

  const isSilent = (event) => Boolean(event.detail.elt?.closest?.("[data-silent]"));

  // What the page asks by itself keeps nobody signed in.
  document.addEventListener("htmx:configRequest", (event) => {
    if (isSilent(event)) event.detail.headers["X-Background"] = "1";
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isSilent(event)) { if (document.hidden) event.preventDefault(); return; }
    const target = event.detail.target;
    const timer = window.setTimeout(() => target.setAttribute("aria-busy", "true"), SLOW_MS);
    event.detail.xhr.addEventListener("loadend", () => {
      window.clearTimeout(timer);
      target.removeAttribute("aria-busy");
    });
  });

  let rowBefore = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, elt } = event.detail;
    rowBefore = current()?.dataset.row || null;
    if (xhr.status < 400) {
      if (!isSilent(event)) regionFor(elt).replaceChildren();
      return;
    }
    event.detail.shouldSwap = false;
    if (isSilent(event)) return;
    const region = regionFor(elt);
    const isHtml = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/html");
    if (!isHtml || xhr.responseText.includes("<!doctype")) return say(region, "#broken");
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    event.detail.target = region;
    event.detail.swapOverride = "innerHTML";
    event.detail.selectOverride = "unset";
    event.detail.refused = true;
  });

  ["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, (event) => {
    if (!isSilent(event)) say(regionFor(event.detail.elt), "#offline");
  }));

  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail;
    if (!successful || !elt.isConnected) return;
    const form = elt.closest("form");
    if (form?.dataset.clear !== undefined) form.reset();
    if (elt.closest("dialog[open]") && !elt.closest("[data-stay]") && event.detail.requestConfig.verb !== "get") elt.closest("dialog").close();
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const region = event.detail.target?.closest?.("[data-refusals]");
    if (region && one(".refusal", region)) { attend(region); return; }
    prepare(document);
    const row = rowBefore && one(`[data-row="${CSS.escape(rowBefore)}"]`);
    if (!row) return;
    mark(row);
    if (document.activeElement === document.body) (one("a.go", row) || row).focus({ preventScroll: true });
  });

  /* ---------- Scanner pages, clocks ---------- */

  function wakeScanner() {
    const field = all("[data-scan]").find(seen);
    if (field && document.activeElement === document.body) field.focus();
  }

  /** A scanner types the separator inside a marking code (GS) as Ctrl and ]: no browser writes that, so we do. */
  function separates(event) {
    const field = event.ctrlKey && event.code === "BracketRight" && all("[data-scan]").find(seen);
    if (!field) return false;
    event.preventDefault();
    field.focus();
    field.setRangeText("␝", field.selectionStart, field.selectionEnd, "end");
    return true;
  }

  /** A scanner types wherever the focus is: on its pages every letter goes to its field, and no letter is a command. */
  function toScanner(event) {
    const field = all('[data-scan="only"]').find(seen);
    if (!field || event.key.length !== 1 || (event.key === " " && event.target.matches?.("a, button, summary"))) return false;
    field.focus();
    return true;
  }

  /* A scanner is faster than the network. Codes wait their turn, each with an id of its own: one that had to be sent
     twice counts once. The field is free at once, and what the answer brings (the bin that was scanned) goes with the next. */
  const shots = [];
  let shooting = ""; // what the answer of the code under way will replace
  let asked = false; // meanwhile that part wanted to ask anew by itself: once, when all codes are through

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.shots === undefined) return;
    event.preventDefault();
    const field = [...form.elements].find((element) => element.matches("[data-scan], [data-shot]"));
    const picked = event.submitter?.name ? event.submitter : null; // one of those that were found
    const { name, value } = picked || field;
    field.value = "";
    window.htmx.trigger(field, "htmx:abort"); // what was being looked for is not wanted any more
    if (value.trim()) shots.push({ form, name, code: value.trim(), id: newId() });
    shoot();
  });

  /* Enter takes the first that was found for what stands in the field, never what was found for the text before. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.form) return;
    const found = all("[data-for]").filter((button) => button.form === event.target.form && button !== event.target);
    found.filter((button) => button.dataset.for !== event.target.value.trim()).forEach((button) => button.remove());
  }, true);

  function newId() { // randomUUID needs https, a desk in a back room may not have it
    return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function shoot() {
    if (shooting) return;
    while (shots.length) {
      const { form, name, code, id } = shots[0];
      shooting = form.dataset.shots;
      // What it asks for by itself puts another element there: the answer to this code would find its own gone.
      if (one(shooting)) window.htmx.trigger(one(shooting), "htmx:abort");
      const values = { ...Object.fromEntries(new FormData(form)), [name]: code, event_id: id };
      try {
        await window.htmx.ajax("POST", form.action, { source: form, target: form.dataset.shots, swap: form.dataset.swap || "outerHTML", values });
        shots.shift();
      } catch {
        await new Promise((again) => { window.setTimeout(again, 2000); });
      }
    }
    const behind = asked && one(shooting);
    shooting = "";
    asked = false;
    if (behind) window.htmx.trigger(behind, "change");
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!shooting || event.detail.elt !== one(shooting)) return;
    event.preventDefault();
    asked = true;
  });

  /* A field to sign in: what a finger or a pen draws goes with the form, as a picture on white */
  function signature(canvas) {
    const pen = canvas.getContext("2d");
    const field = document.getElementById(canvas.dataset.signature);
    const place = (event) => [event.offsetX * (canvas.width / canvas.clientWidth), event.offsetY * (canvas.height / canvas.clientHeight)];
    const clear = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); field.value = ""; };
    clear();
    Object.assign(pen, { lineWidth: 4, lineCap: "round", lineJoin: "round", strokeStyle: "#1a1d24" });
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); pen.beginPath(); pen.moveTo(...place(event)); });
    canvas.addEventListener("pointermove", (event) => {
      if (!event.buttons) return;
      pen.lineTo(...place(event));
      pen.stroke();
      field.value = canvas.toDataURL("image/png");
    });
    one(`[data-unsign="${CSS.escape(field.id)}"]`)?.addEventListener("click", clear);
    canvas.dataset.ready = "";
  }

  /* A list that scrolls by itself keeps the step that is done now in sight; the page stays where it is */
  function keepInSight() {
    all("[data-follow]").forEach((list) => {
      const here = one("[aria-current]", list);
      if (here) list.scrollTop = here.offsetTop - list.offsetTop - list.clientHeight / 3;
    });
  }

  const pad = (n) => String(n).padStart(2, "0");

  function tellTime() {
    all("[data-since], [data-until]").forEach((clock) => {
      const from = Date.parse(clock.dataset.since || clock.dataset.until);
      const seconds = Math.max(0, Math.floor((clock.dataset.since ? Date.now() - from : from - Date.now()) / 1000));
      const hours = Math.floor(seconds / 3600);
      const rest = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
      clock.textContent = hours ? `${hours}:${rest}` : rest;
    });
  }

  function prepare(root) {
    all("#toasts > .toast", root).forEach(time);
    showDialogs(root);
    showSelection();
    tellTime();
    keepInSight();
    all("canvas[data-signature]:not([data-ready])", root).forEach(signature);
    showHere();
    wakeScanner();
  }

  /** On a narrow screen the bar of desks scrolls: begin where one is. */
  function showHere() {
    const bar = one("#stages"), here = bar && one("[aria-current]", bar);
    if (here && bar.scrollWidth > bar.clientWidth && !bar.scrollLeft) bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
  }

  window.setInterval(tellTime, 1000);
  prepare(document);
})();
