// J and K: the next and the previous row of the page's list, from wherever the focus is. Enter opens it, as any link.
const STEPS = { j: 1, k: -1 };

const leads = () =>
  [...document.querySelectorAll(".list-scroll tbody tr")].map((row) => row.querySelector("a[href], button")).filter(Boolean);

const at = (every, wanted) => every.findIndex((lead) => wanted(lead.closest("tr")));

export const stepRow = (key) => {
  const step = STEPS[key];
  const every = step ? leads() : [];
  if (!every.length) return false;
  const focused = at(every, (row) => row.contains(document.activeElement));
  const from = focused >= 0 ? focused : at(every, (row) => row.classList.contains("sel"));
  const to = from < 0 ? 0 : Math.min(Math.max(from + step, 0), every.length - 1);
  every[to].focus();
  return true;
};
