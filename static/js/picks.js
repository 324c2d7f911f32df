// Choosing rows: a box for all, how many are chosen on the button, and keys on the row in focus. What hangs on an
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
  const button = document.querySelector("[data-for-chosen]");
  if (!button) return;
  const { forChosen: verb, noun } = button.dataset;
  const count = chosen.reduce((sum, box) => sum + Number(box.dataset.count ?? 1), 0); // a line may stand for many
  button.disabled = count === 0;
  button.textContent = count ? `${verb} ${count} ${noun}${count === 1 ? "" : "s"}` : verb;
};

const rowOf = (element) => element?.closest?.("tr[data-row]");

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches("[data-pick], [data-pick-all]")) show();
});

document.addEventListener("keydown", (event) => {
  const row = rowOf(event.target);
  if (!row || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === "p" && row.classList.contains("sel")) return; // what is open: into its panel
  const wanted = { p: "[data-open]", w: "[data-why]" }[key];
  const toPick = event.key === " " && event.target.matches("[data-open]") ? "[data-pick]" : null;
  if (wanted || toPick) {
    event.preventDefault();
    row.querySelector(wanted ?? toPick)?.click();
  }
});

const markOpen = () => {
  const open = new URLSearchParams(location.search).get("order");
  for (const link of document.querySelectorAll("tr[data-row] [data-open][hx-get]"))
    rowOf(link).classList.toggle("sel", link.textContent.trim() === open);
};

document.addEventListener("htmx:afterSwap", markOpen); // with the panel itself: the next P goes into it
document.addEventListener("htmx:afterSettle", show);
show();
