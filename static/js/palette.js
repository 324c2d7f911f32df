// Ctrl+K: pages, the commands of this page, and what the server finds.
import { flipTheme } from "./theme_toggle.js";

const dialog = () => document.getElementById("palette");
const list = () => document.getElementById("palette-list");
let choices = [];
let active = 0;
let searchRun = 0;

const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

const labelOf = (element) => element.dataset.command || element.firstChild?.textContent?.trim() || element.textContent.trim();

const ownCommands = () => {
  const pages = [...document.querySelectorAll("#rail li > a")].map((link) => ({
    label: labelOf(link), hint: "Page", run: () => { location.href = link.href; },
  }));
  const commands = (within) => [...document.querySelectorAll(within)].map((element) => ({
    label: labelOf(element), hint: element.dataset.commandKey ?? "Command", run: () => element.click(),
  }));
  const fixed = [
    { label: "Light or dark theme", hint: "T", run: flipTheme },
    { label: "Show all keys", hint: "?", run: () => document.getElementById("keys-help").showModal() },
  ];
  return [...commands("[data-command]:not(#me-menu *)"), ...pages, ...fixed, ...commands("#me-menu [data-command]")];
};

const mark = () => {
  const input = dialog().querySelector("input");
  [...list().children].forEach((option, index) => option.setAttribute("aria-selected", String(index === active)));
  const current = list().children[active];
  if (current) {
    input.setAttribute("aria-activedescendant", current.id);
    current.scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
};

const draw = () => {
  list().replaceChildren(...choices.map((choice, index) => {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.id = `palette-${index}`;
    option.textContent = choice.label;
    const hint = document.createElement("small");
    hint.textContent = choice.hint ?? "";
    option.append(hint);
    option.addEventListener("click", () => choose(index));
    return option;
  }));
  if (!choices.length) {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.setAttribute("aria-disabled", "true");
    option.textContent = "Nothing found. Try a code, a name or a page.";
    list().append(option);
  }
  active = 0;
  mark();
};

const choose = (index) => {
  const choice = choices[index];
  if (!choice) return;
  dialog().close();
  choice.run();
};

const find = async (text) => {
  const run = ++searchRun;
  const words = fold(text).split(/\s+/).filter(Boolean);
  choices = ownCommands().filter((choice) => words.every((word) => fold(choice.label).includes(word)));
  draw();
  const url = dialog().dataset.searchUrl;
  if (!url || text.trim().length === 1) return;
  await new Promise((resume) => setTimeout(resume, 140));
  if (run !== searchRun) return;
  const answer = await fetch(`${url}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || run !== searchRun) return;
  const { results } = await answer.json();
  if (run !== searchRun) return;
  const hits = results.map((hit) => ({ label: hit.label, hint: hit.hint, run: () => { location.href = hit.url; } }));
  // without words they are what was looked at last, which goes before the pages
  choices.splice(text ? choices.length : choices.findIndex(({ hint }) => hint === "Page"), 0, ...hits);
  draw();
};

export const openPalette = () => {
  const input = dialog().querySelector("input");
  input.value = "";
  find("");
  dialog().showModal();
  input.focus();
};

export const startPalette = () => {
  if (!dialog()) return;
  const input = dialog().querySelector("input");
  input.addEventListener("input", () => find(input.value));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && choices.length) {
      active = (active + step + choices.length) % choices.length;
      mark();
      event.preventDefault();
    }
    if (event.key === "Enter") {
      event.preventDefault();
      choose(active);
    }
  });
  document.addEventListener("click", (event) => event.target.closest("[data-palette]") && openPalette());
};
