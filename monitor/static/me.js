// A patient's own pages: a file stays chosen while it is looked at, and a page that waits looks again. All works without it.
"use strict";

const read = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

// "Check it": what was understood is put below the form; the file stays in its field and is sent only with "Send".
for (const form of document.querySelectorAll("[data-check]")) {
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.value !== "check" || !form.elements.file?.files.length) return;
    event.preventDefault();
    event.submitter.disabled = true;
    event.submitter.setAttribute("aria-busy", "true");
    const data = new FormData(form);
    data.set("step", "check");
    try {
      const answer = await fetch(form.action, { method: "POST", body: data });
      const page = answer.ok && (await read(answer));
      const found = page && page.getElementById("check");
      if (!found) { HTMLFormElement.prototype.submit.call(form); return; }
      for (const one of found.querySelectorAll('[name="carried"], [name="name"], [data-without-script]')) one.remove();
      document.getElementById("check").replaceWith(found);
      document.getElementById("steps").replaceWith(page.getElementById("steps"));
      found.querySelector("h2")?.scrollIntoView({ block: "center" });
    } catch { form.submit(); }
    event.submitter.disabled = false;
    event.submitter.removeAttribute("aria-busy");
  });
  // What was looked at is this file, not another one.
  form.elements.file?.addEventListener("change", () => document.getElementById("check").replaceChildren());
}

// A file that is being read: look again every two seconds, for a while.
let looks = 0;
const look = async () => {
  const shown = document.querySelector("[data-again]");
  if (!shown || looks++ > 60) return;
  try {
    const found = (await read(await fetch(location.href))).getElementById(shown.id);
    if (found && found.dataset.state !== shown.dataset.state) shown.replaceWith(found);
  } catch { /* no connection: the next look may have one */ }
  setTimeout(look, 2000);
};
setTimeout(look, 1500);

document.querySelector("[data-takes-focus]")?.focus();
