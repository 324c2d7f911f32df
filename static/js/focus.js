// What is sent or opened by keyboard and leads back to its own page leaves the focus where it was: on the same button, the
// one that opened its dialog, the row that is open now, else on what stands in its place, such as the next one to review.
const KEPT = "focus-after-sending";

const controls = () => [...document.querySelectorAll(":is(.top, #main) :is(a[href], button)")].filter((one) => one.checkVisibility());

const pathOf = (button) => (button.form ? new URL(button.form.action).pathname : "");

const same = (kept) => (button) => button.matches("button") && button.textContent === kept.text && pathOf(button) === kept.sends;

const remember = (place) =>
  sessionStorage.setItem(KEPT, JSON.stringify({ page: location.pathname, ...place }));

const placeOf = (button) => {
  const dialog = button.closest("dialog");
  if (dialog) return { dialog: dialog.id };
  return { index: controls().indexOf(button), text: button.textContent, sends: pathOf(button) };
};

const rememberSender = (button) => button && remember(placeOf(button));

const found = (kept) => {
  if (kept.row) return document.querySelector("tr.sel [data-open]");
  if (kept.dialog) return document.querySelector(`[data-dialog="${CSS.escape(kept.dialog)}"]`);
  const every = controls();
  return every.find(same(kept)) ?? every[kept.index];
};

const giveBack = () => {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  if (kept?.page !== location.pathname || document.activeElement !== document.body) return;
  const one = found(kept);
  // where it has nothing to do any more, the list goes on at its first row
  (one && !one.disabled ? one : document.querySelector(".list-scroll [data-open]"))?.focus();
};

export const startFocus = () => {
  let byKey = false;
  document.addEventListener("keydown", () => { byKey = true; }, true);
  document.addEventListener("pointerdown", () => { byKey = false; }, true);
  document.addEventListener("click", ({ target }) => byKey && target.closest?.("[data-open]:not([hx-get])") && remember({ row: true }));
  // htmx swaps a piece and keeps the focus itself, unless it is told to go to a page
  document.addEventListener("submit", (event) => byKey && !event.defaultPrevented && rememberSender(event.submitter));
  document.body.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
    if (byKey && detail.xhr.getResponseHeader("HX-Redirect")) rememberSender(detail.requestConfig.triggeringEvent?.submitter);
  });
  document.addEventListener("DOMContentLoaded", giveBack); // the page's own scripts have run: what they disable is disabled
};
