// Short messages at the lower right; an undo stays long enough to be read and reached.
import { isTyping } from "./keys.js";

const region = () => document.getElementById("toasts");
const LIFE = 6000;
const LIFE_WITH_ACTION = 12000;

const expire = (element) => {
  const life = element.querySelector("button:not(.x)") || element.matches(".error") ? LIFE_WITH_ACTION : LIFE;
  let timer = setTimeout(() => element.remove(), life);
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("focusin", () => clearTimeout(timer));
  element.addEventListener("pointerleave", () => { timer = setTimeout(() => element.remove(), 2500); });
};

const button = (label, css, run) => {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = label;
  if (css) element.className = css;
  element.addEventListener("click", run);
  return element;
};

// toast({ text, kind: "error", action: { label, run } }) -> close()
export const toast = ({ text, kind = "", action = null }) => {
  const element = document.createElement("div");
  element.className = `toast ${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  element.append(words);
  const close = () => element.remove();
  if (action) element.append(button(action.label, "", () => { close(); action.run(); }));
  const cross = button("×", "x", close);
  cross.setAttribute("aria-label", "Dismiss");
  element.append(cross);
  region().append(element);
  while (region().children.length > 4) region().firstElementChild.remove();
  expire(element);
  return close;
};

// Ctrl+Z outside of fields and the grid, which have their own: what the newest message offers to undo.
const onKey = (event) => {
  const asked = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
  if (!asked || event.defaultPrevented || isTyping(event.target) || event.target.closest?.("plan-grid")) return;
  const undo = [...region().querySelectorAll("button:not(.x)")].at(-1);
  if (!undo) return;
  event.preventDefault();
  undo.click();
};

export const startToasts = () => {
  document.addEventListener("keydown", onKey);
  for (const element of region()?.querySelectorAll("[data-toast]") ?? []) expire(element);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast] [data-close]")) event.target.closest("[data-toast]").remove();
  });
  // HX-Trigger: {"toast": {"text": "...", "kind": "", "undo": {"url": "...", "label": "Undo"}}}
  document.body.addEventListener("toast", (event) => {
    const { text, kind = "", undo = null } = event.detail;
    const action = undo && {
      label: undo.label ?? "Undo",
      run: () => window.htmx.ajax("POST", undo.url, { swap: "none" }),
    };
    toast({ text, kind, action });
  });
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes)
        if (node.dataset && "toast" in node.dataset) expire(node);
  }).observe(region(), { childList: true });
};
