// The board: cards are dragged, or moved with the keyboard. The server has the last word; a refusal puts the card back.
import "./dialogs.js";
import { csrfToken } from "../htmx_setup.js";
import { isTyping } from "../keys.js";
import { toast } from "../toasts.js";

const board = document.querySelector("[data-board]");
const menu = document.getElementById("move-menu");
let chosen = null;

const columns = () => [...board.querySelectorAll("[data-column]")];
const cardsOf = (column) => [...column.querySelectorAll("[data-card]")];
const label = (column) => column.previousElementSibling.firstChild.textContent.trim();

const count = () => {
  for (const column of columns()) column.previousElementSibling.querySelector("[data-count]").textContent = cardsOf(column).length;
};

const post = (card, status) => {
  const body = new URLSearchParams({ status, version: card.dataset.version });
  return fetch(card.dataset.url, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": csrfToken(), "X-Requested-With": "board" },
  });
};

// Asks the server for another column; `back` undoes what the page showed meanwhile, the toast's Undo moves the card back.
const save = async (card, { from, to }, back) => {
  card.setAttribute("aria-busy", "true");
  try {
    const answer = await post(card, to);
    const said = await answer.text();
    if (!answer.ok) throw new Error(answer.status >= 500 || answer.status === 403 ? "The server refused that. Nothing was changed." : said);
    card.dataset.version = said;
    const text = `${card.dataset.code} is ${label(card.closest("[data-column]")).toLowerCase()}`;
    toast({ text, action: { label: "Undo", run: () => moveTo(card, from) } });
  } catch (error) {
    back();
    const text = error instanceof TypeError ? "No connection to the server. Nothing was changed." : error.message;
    toast({ text, kind: "error" });
  } finally {
    card.removeAttribute("aria-busy");
    count();
  }
};

const moveTo = (card, status) => {
  const from = card.parentElement;
  const next = card.nextElementSibling;
  const to = board.querySelector(`[data-column="${CSS.escape(status)}"]`);
  if (!to || to === from) return;
  to.append(card);
  count();
  card.focus();
  save(card, { from: from.dataset.column, to: status }, () => from.insertBefore(card, next));
};

const drag = async () => {
  await import(document.documentElement.dataset.sortable);
  for (const column of columns())
    window.Sortable.create(column, {
      group: "actions",
      draggable: "[data-card]",
      animation: 120,
      onEnd: ({ item, from, to, oldDraggableIndex }) => {
        if (from === to) return;
        count();
        save(item, { from: from.dataset.column, to: to.dataset.column }, () => from.insertBefore(item, cardsOf(from)[oldDraggableIndex] ?? null));
      },
    });
};

const openMenu = (card) => {
  chosen = card;
  menu.querySelector("[data-move-title]").textContent = `Move ${card.dataset.code} to`;
  const status = card.closest("[data-column]").dataset.column;
  for (const item of menu.querySelectorAll("[data-status]")) item.classList.toggle("on", item.dataset.status === status);
  menu.showPopover();
  const box = card.getBoundingClientRect();
  place(Math.min(box.right - 16, innerWidth - menu.offsetWidth - 8), Math.min(box.top + 12, innerHeight - menu.offsetHeight - 8));
};

// Positions are set through the CSSOM, which the content security policy allows.
const place = (x, y) => {
  menu.style.left = `${Math.max(8, x)}px`;
  menu.style.top = `${Math.max(8, y)}px`;
};

const closeMenu = () => {
  menu.hidePopover();
  chosen?.focus();
};

const step = (card, key) => {
  const column = card.closest("[data-column]");
  const cards = cardsOf(column);
  const at = cards.indexOf(card);
  if (key === "ArrowDown" || key === "ArrowUp") return cards[at + (key === "ArrowDown" ? 1 : -1)];
  const all = columns();
  for (let to = all.indexOf(column) + (key === "ArrowRight" ? 1 : -1); all[to]; to += key === "ArrowRight" ? 1 : -1) {
    const others = cardsOf(all[to]);
    if (others.length) return others[Math.min(at, others.length - 1)];
  }
  return null;
};

const onCardKey = (event, card) => {
  if (event.target.closest("a, button")) return;
  if (event.key === "m" && menu) openMenu(card);
  else if (event.key === " " && menu) moveTo(card, "done");
  else if (event.key === "Enter") location.href = card.dataset.open;
  else if (event.key === "e") location.href = `${card.dataset.open}#id_evidence`;
  else if (event.key === "d") location.href = `${card.dataset.open}#id_due`;
  else if (event.key.startsWith("Arrow")) step(card, event.key)?.focus();
  else return;
  event.preventDefault();
};

const onMenuKey = (event) => {
  const choice = menu.querySelectorAll("[data-status]")[Number(event.key) - 1];
  if (choice) choice.click();
  else if (event.key === "d") menu.querySelector("[data-open-card]").click();
  else return;
  event.preventDefault();
};

if (board) {
  if (menu) drag();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (menu?.matches(":popover-open")) return onMenuKey(event);
    const card = event.target.closest?.("[data-card]");
    if (card) onCardKey(event, card);
    else if (event.key === "m") board.querySelector("[data-card]")?.focus();
  }, true);
  menu?.addEventListener("click", (event) => {
    const item = event.target.closest("[data-status]");
    const open = event.target.closest("[data-open-card]");
    if (open) location.href = `${chosen.dataset.open}#id_due`;
    if (!item) return;
    closeMenu();
    moveTo(chosen, item.dataset.status);
  });
}

const layout = document.getElementById("layout");
layout?.addEventListener("change", () => layout.form.requestSubmit());
