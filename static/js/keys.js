// Keys of the whole product. Single letters never fire while somebody types.
import { openPalette } from "./palette.js";
import { intoPanel, startRows, stepRow } from "./rows.js";
import { flipTheme } from "./theme_toggle.js";

const TYPED = "input:not([type=radio], [type=checkbox], [type=file]), textarea, select";

export const isTyping = (target) => target instanceof HTMLElement && (target.isContentEditable || target.matches(TYPED));

// Enter is a new line where several are typed
const sends = (event) => (event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.matches("textarea") && event.target.form;

const focusSearch = () => {
  const field = document.querySelector("[data-search]");
  if (!field) return openPalette();
  field.focus();
  field.select?.();
};

const pressShortcut = (key) => {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]:not([disabled])`);
  if (!target) return false;
  const words = document.getElementById(target.dataset.afterWords); // what it cannot do without is typed first
  if (words && !words.value) {
    words.focus();
    return true;
  }
  // one stray key signs nothing: Enter does. A dialog that closes gives the focus back to where one was, such as a row
  const signs = "signs" in target.dataset;
  if (signs || document.activeElement === document.body) target.focus();
  if (!signs) target.click();
  return true;
};

const onKey = (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (sends(event)) {
    event.preventDefault();
    const { form } = event.target; // by its first button, as Enter in a line does
    form.requestSubmit([...form.elements].find(({ type }) => type === "submit"));
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "/") focusSearch();
  else if (event.key === "?") document.getElementById("keys-help").showModal();
  else if (event.target.closest?.("plan-grid")) return;
  else if (event.key === "t") flipTheme();
  else if (!pressShortcut(event.key) && !stepRow(event.key) && !intoPanel(event.key)) return;
  event.preventDefault();
};

export const startKeys = () => {
  document.addEventListener("keydown", onKey);
  startRows();
};
