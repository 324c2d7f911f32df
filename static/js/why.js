// "Why this number": any element with data-why opens the explanation beside the work.
import { isTyping } from "./keys.js";

const panel = () => document.getElementById("why");
let opener = null;

const close = () => {
  if (!panel() || panel().hidden) return;
  panel().hidden = true;
  panel().replaceChildren();
  opener?.setAttribute("aria-expanded", "false");
  opener?.focus?.();
  opener = null;
  document.dispatchEvent(new CustomEvent("siop:layout"));
};

const show = (html) => {
  panel().innerHTML = html;
  panel().hidden = false;
  window.htmx?.process(panel());
  panel().setAttribute("aria-label", panel().querySelector("h2")?.textContent ?? "Explanation");
  panel().querySelector("[data-focus]")?.focus({ preventScroll: true });
  opener?.scrollIntoView?.({ block: "nearest", inline: "nearest" }); // the panel may have covered what it explains
  document.dispatchEvent(new CustomEvent("siop:layout"));
};

const failure = (text) => {
  const head = document.createElement("div");
  head.className = "drawer-h";
  const title = document.createElement("h2");
  title.textContent = "No explanation";
  title.tabIndex = -1;
  title.dataset.focus = "";
  const gap = document.createElement("span");
  gap.className = "sp";
  const cross = document.createElement("button");
  cross.className = "x";
  cross.dataset.whyClose = "";
  cross.setAttribute("aria-label", "Close");
  cross.textContent = "×";
  head.append(title, gap, cross);
  const words = document.createElement("p");
  words.className = "pane";
  words.textContent = text;
  const holder = document.createElement("div");
  holder.append(head, words);
  return holder.innerHTML;
};

const reason = async (answer) => {
  if (answer.status === 422) return answer.text();
  return answer.status === 404
    ? "This number is not there any more. Reload the page."
    : `The server could not explain it (${answer.status}). Try again in a moment.`;
};

export const explain = async (url, from = null) => {
  opener?.setAttribute("aria-expanded", "false");
  opener = from;
  opener?.setAttribute?.("aria-expanded", "true");
  document.documentElement.classList.add("loading");
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true", Accept: "text/html" } });
    show(answer.ok ? await answer.text() : failure(await reason(answer)));
  } catch {
    show(failure("No connection to the server. Try again when it is back."));
  } finally {
    document.documentElement.classList.remove("loading");
  }
};

export const startWhy = () => {
  document.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-why]");
    if (asked) {
      event.preventDefault();
      explain(asked.dataset.why, asked);
    }
    if (event.target.closest("[data-why-close]")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (!isTyping(event.target)) close();
  });
  const linked = new URLSearchParams(location.search).get("why");
  if (linked?.startsWith("/")) explain(linked);
};
