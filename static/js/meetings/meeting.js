// Options by number. Items (J, K), action (A) and vote (V) are links and buttons with data-key.
import "./dialogs.js";
import { isTyping } from "../keys.js";

const choose = (number) => {
  const option = document.querySelector(`[data-option="${number}"]`);
  if (!option) return false;
  option.checked = true;
  return true;
};

// A chosen radio is an input, so the keys of the page would take it for typing.
const press = (key) => {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  target?.click();
  return Boolean(target);
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const radio = event.target.matches?.("input[type=radio]");
  if ((isTyping(event.target) && !radio) || document.querySelector("dialog[open]")) return;
  const done = /^[1-9]$/.test(event.key) ? choose(event.key) : radio && press(event.key);
  if (done) event.preventDefault();
});
