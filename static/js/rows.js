// J and K: the next and the previous row of the page's list, or card of its board, from wherever the focus is. Enter opens it, as any link.
// P goes into the panel of what is open, Esc back to its row: between them lie all the rows of the page.
const STEPS = { j: 1, k: -1 };

const leads = () =>
  [...document.querySelectorAll(".list-scroll tbody tr, [data-card]")]
    .map((row) => (row.matches("[data-card]") ? row : row.querySelector("a[href], button")))
    .filter(Boolean);

const at = (every, wanted) => every.findIndex((lead) => wanted(lead.closest("tr, [data-card]")));

const isOpen = (row) => row.classList.contains("sel");

export const stepRow = (key) => {
  const step = STEPS[key];
  const every = step ? leads() : [];
  if (!every.length) return false;
  const focused = at(every, (row) => row.contains(document.activeElement));
  const from = focused >= 0 ? focused : at(every, isOpen);
  const to = from < 0 ? 0 : Math.min(Math.max(from + step, 0), every.length - 1);
  every[to].focus();
  return true;
};

export const intoPanel = (key) => {
  const other = document.activeElement.closest("tr[data-row]:not(.sel)"); // P opens it first
  const panel = key === "p" && !other ? document.querySelector("[data-panel]") : null;
  panel?.focus();
  return Boolean(panel);
};

export const startRows = () =>
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !event.target.closest?.("[data-panel]")) return;
    const every = leads();
    every[at(every, isOpen)]?.focus();
  });
