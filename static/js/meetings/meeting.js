// Options by number. Items (J, K), action (A) and vote (V) are links and buttons with data-key.
import "./dialogs.js";
import { isTyping } from "../keys.js";

const choose = (number) => {
  const option = document.querySelector(`[data-option="${number}"]`);
  if (!option) return false;
  option.checked = true;
  option.focus(); // Tab leads on to the words of the decision
  return true;
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (/^[1-9]$/.test(event.key) && choose(event.key)) event.preventDefault();
});
