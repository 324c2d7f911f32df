// What was typed into a form after the session had ended stands there again once the same person has signed in.
import { openDialog } from "./menus.js";
import { toast } from "./toasts.js";

const KEPT = "form-sent";
const here = () => location.pathname + location.search;
const person = () => document.body.dataset.person;
const typed = (form) => [...form.elements].filter((field) => field.name && !/^(hidden|password|file|submit|button|fieldset)$/.test(field.type));

const keep = ({ target: form }) => {
  if (form.method !== "post" || form.querySelector("[type=password]")) return;
  const fields = typed(form).map(({ name, value, checked }) => ({ name, value, checked }));
  const kept = { page: here(), person: person(), action: form.getAttribute("action"), fields };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
};

const signedInJustNow = () => document.referrer.startsWith(`${location.origin}/login/`);

const fill = (form, fields) => {
  const empty = typed(form);
  for (const { name, value, checked } of fields) {
    const field = empty.find((one) => one.name === name && (!/^(radio|checkbox)$/.test(one.type) || one.value === value));
    if (!field) continue;
    field.value = value;
    field.checked = checked;
  }
};

const giveBack = (kept) => {
  const form = [...document.forms].find((one) => one.method === "post" && one.getAttribute("action") === kept.action);
  if (!form) return false;
  fill(form, kept.fields);
  const dialog = form.closest("dialog");
  if (dialog) openDialog(dialog);
  else typed(form)[0]?.focus();
  toast({ text: "You had been signed out. What you typed is here again; send it once more." });
  return true;
};

const takeUp = () => {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  if (!kept?.fields.length || !signedInJustNow() || kept.page !== here() || kept.person !== person()) return;
  if (giveBack(kept)) return;
  const later = () => giveBack(kept) && document.body.removeEventListener("htmx:afterSettle", later); // a piece of the page
  document.body.addEventListener("htmx:afterSettle", later);
};

export const startDrafts = () => {
  document.addEventListener("submit", keep, true); // before htmx takes it over
  document.body.addEventListener("htmx:afterRequest", ({ detail }) =>
    detail.successful && detail.requestConfig.verb !== "get" && sessionStorage.removeItem(KEPT));
  takeUp();
};
