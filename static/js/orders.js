// Choosing orders: a box for all, how many are chosen on the button, and keys on the row in focus. What hangs on an
// order is swapped in below the list, so that what was chosen stays chosen.
import { isTyping } from "./keys.js";

const boxes = () => [...document.querySelectorAll("[data-pick]")];
const all = () => document.querySelector("[data-pick-all]");

const show = () => {
  const every = boxes();
  const chosen = every.filter((box) => box.checked);
  for (const box of every) box.closest("tr")?.classList.toggle("picked", box.checked);
  const head = all();
  if (head) {
    head.checked = every.length > 0 && chosen.length === every.length;
    head.indeterminate = chosen.length > 0 && chosen.length < every.length;
  }
  const button = document.querySelector("[data-release]");
  if (!button) return;
  button.disabled = chosen.length === 0;
  button.textContent = chosen.length ? `Release ${chosen.length} order${chosen.length === 1 ? "" : "s"}` : "Release";
};

const rowOf = (element) => element?.closest?.("tr[data-row]");

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches("[data-pick], [data-pick-all]")) show();
});

document.addEventListener("keydown", (event) => {
  const row = rowOf(event.target);
  if (!row || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const wanted = { p: "[data-open]", w: "[data-why]" }[event.key.toLowerCase()];
  const toPick = event.key === " " && event.target.matches("[data-open]") ? "[data-pick]" : null;
  if (wanted || toPick) {
    event.preventDefault();
    row.querySelector(wanted ?? toPick)?.click();
  }
});

const markOpen = () => {
  const open = new URLSearchParams(location.search).get("order");
  for (const link of document.querySelectorAll("tr[data-row] [data-open]"))
    rowOf(link).classList.toggle("sel", link.textContent.trim() === open);
};

document.addEventListener("htmx:afterSettle", () => {
  show();
  markOpen();
});
show();
