// Dialogs by name, popover menus with arrow keys, the rail on small screens, copy buttons.
import { toast } from "./toasts.js";

const moveInMenu = (menu, step) => {
  const items = [...menu.querySelectorAll("[role^=menuitem]:not([disabled])")];
  if (!items.length) return;
  const at = items.indexOf(document.activeElement);
  items[(at + step + items.length) % items.length].focus();
};

// The first thing to mend or to type has the focus, else the button that the dialog is about.
const FIRST = ["[aria-invalid=true]", ".dlg-b :is(input:not([type=hidden]), select, textarea)", ".dlg-f .pri"];

export const openDialog = (dialog) => {
  dialog.showModal();
  FIRST.map((one) => dialog.querySelector(one)).find(Boolean)?.focus();
};

// On a small screen the rail opens over the page; a tap beside it or Esc closes it.
const railIsOpen = () => document.documentElement.classList.contains("nav-open");

const showRail = (open) => {
  document.documentElement.classList.toggle("nav-open", open);
  const toggle = document.querySelector("[data-nav-toggle]");
  toggle.setAttribute("aria-expanded", String(open));
  (open ? document.querySelector("#rail [aria-current]") : toggle)?.focus();
};

const onClick = (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog) openDialog(dialog);
  const closer = event.target.closest("dialog [data-close]");
  if (closer) closer.closest("dialog").close();
  const toggle = event.target.closest("[data-nav-toggle]");
  if (toggle) showRail(!railIsOpen());
  else if (railIsOpen() && !event.target.closest("#rail")) showRail(false);
  const copy = event.target.closest("[data-copy]");
  if (copy) copyLink(new URL(copy.dataset.copy, location.href).href);
};

// Browsers lend the clipboard only to pages under TLS or on this machine: elsewhere the link is shown to be copied by hand.
const copyLink = async (link) => {
  try {
    await navigator.clipboard.writeText(link);
    toast({ text: "Link copied" });
  } catch {
    toast({ text: `The browser did not copy it. The link is ${link}`, kind: "error" });
  }
};

const onKey = (event) => {
  if (event.key === "Escape" && railIsOpen()) showRail(false);
  const menu = event.target.closest?.("[role=menu]");
  if (!menu) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  moveInMenu(menu, step);
};

export const startMenus = () => {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("toggle", (event) => {
    if (event.newState === "open" && event.target.matches?.("[role=menu]")) moveInMenu(event.target, 1);
  }, true);
  // a click on the backdrop closes a dialog that holds no form
  document.addEventListener("click", (event) => {
    if (event.target.matches?.("dialog[open]") && !event.target.querySelector("form")) event.target.close();
  });
};
