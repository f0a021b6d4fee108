// What pages do beside showing: the course figure, keys on the worklist, focus. No inline script, no dependency but Plotly and htmx.
"use strict";

// Course figure: the server sends a complete Plotly figure as JSON; here it takes the colors of the theme, the width of
// the page, and the range that the buttons ask for. All panes share one x axis, so that they zoom together.
(function course() {
  const place = document.querySelector("[data-course]");
  if (!place || !window.Plotly) return;
  const figure = JSON.parse(document.getElementById("course-figure").textContent);
  const meta = figure.layout.meta;
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const color = (token) => { probe.style.color = `var(${token})`; return getComputedStyle(probe).color; };
  const paint = (node, now) => {
    if (typeof node === "string") return now[node] || node;
    if (Array.isArray(node)) return node.map((item) => paint(item, now));
    if (node && typeof node === "object") return Object.fromEntries(Object.entries(node).map(([k, v]) => [k, k === "meta" ? v : paint(v, now)]));
    return node;
  };

  // On a phone the labels move from the left gutter to above each pane, and the panes grow apart to make room.
  const narrow = (layout) => {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = "600 13px " + layout.font.family;
    const { gap, pad, height } = meta.narrow;
    const total = height - pad.t - pad.b;
    layout.height = height;
    layout.margin = { l: 36, r: 8, pad: 0, ...pad };
    layout.shapes = layout.shapes.filter((shape) => !shape.name.startsWith("rule:"));
    Object.assign(layout.annotations.find((one) => one.name === "today"), { xanchor: "right", xshift: -3 });
    for (const tag of layout.annotations.filter((one) => one.name === "tag")) Object.assign(tag, { xanchor: "right", xshift: 4, yshift: tag.yshift < 0 ? -12 : 12 });
    let y = 1;
    for (const pane of meta.panes) {
      const top = y, bottom = y - pane.narrow / total;
      layout[pane.axis].domain = [Math.max(0, bottom), top];
      for (const note of layout.annotations.filter((one) => one.name.endsWith(":" + pane.id))) {
        const unit = note.name.startsWith("unit");
        const label = layout.annotations.find((one) => one.name === "label:" + pane.id).text;
        Object.assign(note, { x: 0, y: top, yanchor: "bottom", xshift: unit ? pen.measureText(label).width - 28 : -34, yshift: 4 });
      }
      y = bottom - gap / total;
    }
  };

  // Counted back from today, or from the last result where that is older than the range: an empty pane says nothing.
  const range = (months) => {
    if (!months) return [meta.first, meta.ahead];
    const back = (end) => { const from = new Date(end + "Z"); from.setUTCMonth(from.getUTCMonth() - months); return from.toISOString().slice(0, 16); };
    const shown = [back(meta.today), meta.ahead];
    if (!meta.last || meta.last >= shown[0]) return shown;
    const until = new Date(meta.last + "Z");
    until.setUTCDate(until.getUTCDate() + 14);
    return [back(meta.last), until.toISOString().slice(0, 16)];
  };

  // Each axis fits what the range shows: its values, and what must stay in sight (a limit, where the reference range begins).
  // A line that enters the range or leaves it is seen there, too.
  const fit = (data, layout, pane) => {
    const [from, until] = layout.xaxis.range;
    const axis = pane.axis.replace("axis", "");
    const seen = data.filter((trace) => (trace.yaxis || "y") === axis).flatMap((trace) => {
      const { x, y } = trace;
      const first = x.findIndex((at) => at >= from), end = x.findLastIndex((at) => at <= until) + 1;
      if (first < 0 || !end) return [];
      return trace.mode === "lines" ? y.slice(Math.max(0, first - 1), end + 1) : y.slice(first, end);
    }).filter((value) => value !== null && value < (pane.fit.below || Infinity));
    if (!seen.length) return;
    seen.push(...pane.fit.keep);
    const [low, high] = [seen.reduce((a, b) => Math.min(a, b)), seen.reduce((a, b) => Math.max(a, b))];
    layout[pane.axis].range = pane.fit.zero ? [0, (high || 1) * 1.15] : [low - pane.fit.pad, high + pane.fit.pad];
    for (const note of layout.annotations) if (note.name === "edge" && note.yref === axis) note.y = layout[pane.axis].range[1];
    const reference = axis === "y" && layout.shapes.find((shape) => shape.name === "reference");
    if (reference) reference.y1 = layout.yaxis.range[1];
  };

  // A bar that begins before the range is cut there, so that its label is never half hidden: "140 d" must not read "0 d".
  const cut = (bar, from) => {
    bar.base.forEach((start, i) => {
      const hidden = Math.min(bar.x[i], Math.max(0, Date.parse(from + "Z") - Date.parse(start + "Z")));
      bar.base[i] = new Date(Date.parse(start + "Z") + hidden).toISOString().slice(0, 16);
      bar.x[i] -= hidden;
    });
  };

  let months = matchMedia("(max-width: 640px)").matches ? 6 : 12;
  const buttons = [...document.querySelectorAll("[data-months]")];
  // Width and height are said to Plotly, which would take a height of its own when the window changes.
  const room = () => { const style = getComputedStyle(place); return place.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight); };
  let drawn = 0;
  const draw = (width = room()) => {
    drawn = width;
    const now = {};
    for (const [hex, token] of Object.entries(meta.tokens)) now[hex] = color(token);
    const { data, layout, config } = paint(structuredClone(figure), now);
    layout.xaxis.range = range(months);
    for (const pane of meta.panes) if (pane.fit) fit(data, layout, pane);
    for (const trace of data) if (trace.type === "bar") cut(trace, layout.xaxis.range[0]);
    Object.assign(layout, { width, autosize: false });
    if (width < 560) { narrow(layout); layout.xaxis.nticks = 4; }
    for (const button of buttons) button.setAttribute("aria-pressed", String(Number(button.dataset.months) === months));
    return Plotly.react(place, data, layout, config);
  };
  for (const button of buttons) button.addEventListener("click", () => { months = Number(button.dataset.months); draw(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
  addEventListener("resize", () => requestAnimationFrame(() => { if (room() !== drawn) draw(); }));
  // Paper is always light and as wide as A4 within its margins, whatever the screen was.
  const root = document.documentElement;
  let theme;
  addEventListener("beforeprint", () => { theme = root.dataset.theme; root.dataset.theme = "light"; draw(660); });
  addEventListener("afterprint", () => { if (theme) root.dataset.theme = theme; else delete root.dataset.theme; draw(); });
  place.replaceChildren();
  draw();
})();

// "As a table" opens what it leads to; so does a link to a card below a fold.
(function folds() {
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    if (target.tabIndex === -1 && target.hasAttribute("tabindex")) { target.focus({ preventScroll: true }); }
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();
})();

// A form that came back with errors says so first.
(function errors() {
  document.querySelector("[data-takes-focus]")?.focus();
})();

// What happened, said where it can be seen and heard: eight seconds, longer under the pointer or focus; a failure stays.
const say = (words, { failed = false, href = "" } = {}) => {
  const place = document.getElementById("toasts");
  if (!place) return;
  const toast = document.createElement("div");
  toast.className = failed ? "toast toast--failed" : "toast";
  toast.append(Object.assign(document.createElement("span"), { textContent: words }));
  if (href) toast.append(Object.assign(document.createElement("a"), { href, textContent: "Show" }));
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  place.append(toast);
  if (failed) return;
  const leave = () => { if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000); else toast.remove(); };
  setTimeout(leave, 8000);
};
document.addEventListener("toast", (event) => say(event.detail.words, event.detail));

// Worklist keys: j and k move, Enter opens (a link does that by itself), a acknowledges, s snoozes, / searches, ? lists them. Each
// browser may turn them off: a screen reader or dictated words need the letters for themselves.
(function keys() {
  const list = document.getElementById("keys");
  if (!list) return;
  const on = document.querySelector("[data-keys-on]");
  try { on.checked = localStorage.getItem("keys") !== "off"; } catch { /* a browser that keeps nothing: on until the page is left */ }
  on.addEventListener("change", () => { try { localStorage.setItem("keys", on.checked ? "on" : "off"); } catch { /* the same */ } });
  for (const button of document.querySelectorAll('[data-opens="keys"]')) button.addEventListener("click", () => list.showModal());
  addEventListener("keydown", (event) => {
    if (!on.checked || document.querySelector("dialog[open]") || event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...document.querySelectorAll("[data-row]")];
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const go = (index) => rows[Math.max(0, Math.min(rows.length - 1, index))]?.querySelector("a").focus();
    if (event.key === "j") go(here + 1);
    else if (event.key === "k") go(here - 1);
    else if (event.key === "a" && here >= 0) rows[here].querySelector("[data-acts]")?.click();
    else if (event.key === "s" && here >= 0) rows[here].querySelector("[data-asks]")?.click();
    else if (event.key === "/") document.getElementById("q").focus();
    else if (event.key === "?") list.showModal();
    else return;
    event.preventDefault();
  });
})();

// What needs more than a press is asked in a dialog that the service fills; without a script the same form is a page of its own.
// What was refused comes back into it; it closes when the list changes.
(function asks() {
  const dialog = document.getElementById("ask");
  if (!dialog || !window.htmx) return;
  let row = "";
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-asks]");
    if (event.target.closest("[data-closes]")) dialog.close();
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    row = link.closest("[data-row]").id;
    htmx.ajax("GET", link.getAttribute("href"), { source: dialog, target: dialog, swap: "innerHTML" });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== dialog) return;
    if (!event.detail.xhr.getResponseHeader("X-Asks")) {
      if (event.detail.xhr.status !== 200) return;
      event.detail.shouldSwap = false; // signed out meanwhile: the log-in page is no form
      if (event.detail.requestConfig.verb === "post") signedOut("you are signed out");
      else location.reload();
      return;
    }
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== dialog) return;
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("[data-takes-focus], select, input:not([type=hidden])")?.focus();
  });
  // Nothing outside of an open dialog is seen: what did not arrive is said inside, and what was typed stays there.
  const tell = (words, ...more) => {
    if (!dialog.open) return;
    dialog.querySelector(".err--lost")?.remove();
    const told = Object.assign(document.createElement("p"), { className: "err err--lost", role: "alert" });
    told.append(words, ...more);
    dialog.append(told);
  };
  const signedOut = (words) => {
    const link = Object.assign(document.createElement("a"), { href: "/", target: "_blank", rel: "noopener", textContent: "sign in again in a new tab" });
    tell(`Not saved: ${words}. What you wrote stays here: `, link, ", then send it once more.");
  };
  const lost = ({ detail }) => {
    if (detail.target !== dialog) return;
    if (detail.xhr.status === 403) signedOut("this was refused, as after signing out");
    else tell("Not saved: the service did not answer. Try again.");
  };
  // Whoever signed in again has another token; the cookie tells the one that holds now.
  document.addEventListener("htmx:configRequest", (event) => {
    const token = /(?:^|; )(?:csrftoken|__Host-csrf)=([^;]+)/.exec(document.cookie)?.[1];
    if (token && event.detail.parameters.csrfmiddlewaretoken) event.detail.parameters.csrfmiddlewaretoken = token;
  });
  document.addEventListener("htmx:responseError", lost);
  document.addEventListener("htmx:sendError", lost);
  document.body.addEventListener("worklist-changed", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.replaceChildren();
    if (document.activeElement === document.body) document.getElementById(row)?.querySelector("a").focus({ preventScroll: true });
  });
})();

// A form that asks for a list sends only what was filled in: the address stays readable.
for (const form of document.querySelectorAll("[data-drops-empty]")) {
  form.addEventListener("formdata", ({ formData }) => { for (const [name, value] of [...formData]) if (!value) formData.delete(name); });
}

// The worklist refreshes itself: focus, open folds and what is under the eye stay where they were.
(function keepPlace() {
  const list = document.querySelector("[data-keeps-place]");
  if (!list) return;
  const mine = (event) => event.detail.elt === list;
  let kept = null;
  const high = () => Number(list.querySelector("[data-high]")?.dataset.high || 0);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!mine(event)) return;
    if (!event.detail.xhr.getResponseHeader("X-List")) { // signed out meanwhile: the log-in page is no list
      event.detail.shouldSwap = false;
      location.reload();
      return;
    }
    const active = document.activeElement;
    const inside = [...document.querySelectorAll("[data-row]")];
    const anchor = active?.closest("[data-row]") || inside.find((row) => row.getBoundingClientRect().bottom > 0);
    kept = {
      id: active?.id,
      row: active?.closest("[data-row]")?.id,
      acts: active?.hasAttribute("data-acts"),
      place: inside.indexOf(active?.closest("[data-row]")),
      anchor: anchor?.id,
      top: anchor?.getBoundingClientRect().top,
      open: [...list.querySelectorAll("details[open]")].map((fold) => fold.id),
      high: high(),
    };
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!mine(event) || !kept) return;
    for (const id of kept.open) if (id) document.getElementById(id)?.setAttribute("open", "");
    const anchor = kept.anchor && document.getElementById(kept.anchor);
    if (anchor && scrollY > 0) scrollBy({ top: anchor.getBoundingClientRect().top - kept.top, behavior: "instant" });
    const rows = document.querySelectorAll("[data-row]");
    const row = kept.row && (document.getElementById(kept.row) || rows[Math.min(kept.place, rows.length - 1)]);
    const target = row ? (kept.acts && row.querySelector("[data-acts]")) || row.querySelector("a") : kept.id && document.getElementById(kept.id);
    if (target && target !== document.activeElement) target.focus({ preventScroll: true });
    if (high() > kept.high) say("Another patient now has an alert of high severity.");
    kept = null;
  });
  // The last refresh stays in sight when the next one fails; htmx tries again a minute later.
  const late = (event) => {
    if (!mine(event)) return;
    const shown = document.querySelector("[data-refreshed]");
    shown?.classList.add("refresh--late");
    if (shown && !shown.dataset.late) { shown.dataset.late = "1"; shown.append(" · the last try failed"); }
  };
  document.addEventListener("htmx:responseError", late);
  document.addEventListener("htmx:sendError", late);
  // An action that did not arrive says so; so does one after the session ended, which is answered by the log-in page.
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (mine({ detail }) || !detail.elt.matches("[data-acts]") || detail.xhr.status !== 200) return;
    say("Not saved: you are signed out. Load the page again.", { failed: true });
  });
  const lost = (event) => { if (!mine(event)) say("Not saved: the service did not answer. Try again.", { failed: true }); };
  document.addEventListener("htmx:responseError", lost);
  document.addEventListener("htmx:sendError", lost);
})();
