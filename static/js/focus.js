// A form sent by keyboard that leads back to its own page leaves the focus where it was: on the button that opened
// its dialog, else on what now stands in its place, such as the next one to review.
const KEPT = "focus-after-sending";

const controls = () => [...document.querySelectorAll("#main :is(a[href], button)")].filter((one) => one.checkVisibility());

const placeOf = (button) => {
  const dialog = button.closest("dialog");
  return dialog ? { dialog: dialog.id } : { index: controls().indexOf(button) };
};

const remember = (event, byKey) => {
  if (event.defaultPrevented || !byKey || !event.submitter) return; // htmx swaps a piece and keeps the focus itself
  sessionStorage.setItem(KEPT, JSON.stringify({ page: location.pathname, ...placeOf(event.submitter) }));
};

const giveBack = () => {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  if (kept?.page !== location.pathname || document.activeElement !== document.body) return;
  if (kept.dialog) document.querySelector(`[data-dialog="${CSS.escape(kept.dialog)}"]`)?.focus();
  else controls()[kept.index]?.focus();
};

export const startFocus = () => {
  let byKey = false;
  document.addEventListener("keydown", () => { byKey = true; }, true);
  document.addEventListener("pointerdown", () => { byKey = false; }, true);
  document.addEventListener("submit", (event) => remember(event, byKey));
  giveBack();
};
