// What comes back with errors, a page or a piece of one, has the cursor where the first of them was typed.
const toFirstError = (root) => root.querySelector?.("[aria-invalid=true]:not([type=hidden])")?.focus();

// On a slow line a second click sends nothing twice. A page that comes back from history may be sent again, and so
// may one whose sending was stopped.
const STOPPED_AFTER_MS = 15_000;

const onlyOnce = (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return; // htmx waits by itself, and reading twice harms nobody
  if (form.ariaBusy) event.preventDefault();
  form.ariaBusy = "true";
  setTimeout(() => { form.ariaBusy = null; }, STOPPED_AFTER_MS);
};

const onceMore = () => document.querySelectorAll("form[aria-busy]").forEach((form) => { form.ariaBusy = null; });

export const startForms = () => {
  document.addEventListener("submit", onlyOnce);
  window.addEventListener("pageshow", onceMore);
  toFirstError(document.getElementById("main") ?? document);
  document.body.addEventListener("htmx:afterSettle", (event) => toFirstError(event.detail.elt));
};
