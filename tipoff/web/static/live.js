"use strict";
// Every page works without this script. With it, what carries data-live is replaced when the home has changed.
(() => {
  let isBusy = false, isAsked = false;

  function replace(old, fresh) {
    if (old.innerHTML === fresh.innerHTML && old.className === fresh.className) return;
    const open = [...old.querySelectorAll("details[open]")].map((d) => d.id);
    const focus = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    old.className = fresh.className;
    old.innerHTML = fresh.innerHTML;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focus) old.querySelector(`a[href="${CSS.escape(focus)}"]`)?.focus();
  }

  async function renew() {
    if (isBusy) { isAsked = true; return; }
    isBusy = true;
    try {
      const answer = await fetch(location.href);
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const old of document.querySelectorAll("[data-live]")) {
          const fresh = page.getElementById(old.id);
          if (fresh) replace(old, fresh);
        }
        document.body.dataset.stamp = page.body.dataset.stamp;
      }
    } finally {
      isBusy = false;
      if (isAsked) { isAsked = false; renew(); }
    }
  }

  const events = new EventSource("/events");
  const offline = (is) => document.querySelectorAll(".offline").forEach((o) => { o.hidden = !is; });
  events.addEventListener("open", () => offline(false));
  events.addEventListener("error", () => offline(true));
  events.addEventListener("stamp", (e) => { if (JSON.parse(e.data) !== document.body.dataset.stamp) renew(); });
  setInterval(renew, 60000); // ages and deadlines move although nothing is written
})();
