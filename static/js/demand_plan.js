// The page around the grid: filters, dock, dialogs, and the word about the connection.
import "./plan-grid/index.js";
import { csrfToken } from "./htmx_setup.js";
import { toast } from "./toasts.js";

const at = (id) => document.getElementById(id);
const grid = at("demand-grid");
const form = at("grid-filter");
const dock = at("grid-dock");

// ---- filters: the address always names what is shown -------------------------------------------------------

const DEFAULTS = { only: "all", group: "category" };

const filters = () => ({
  q: form.elements.q.value.trim(),
  family: form.elements.family?.value ?? "",
  location: form.elements.location?.value ?? "",
  segment: form.elements.segment?.value ?? "",
  only: form.querySelector("[data-only][aria-pressed=true]")?.dataset.only ?? "all",
  group: form.elements.group.checked ? "category" : "none",
});

const applyFilters = async () => {
  const chosen = Object.fromEntries(Object.entries(filters()).map(([key, value]) => [key, DEFAULTS[key] === value ? "" : value]));
  const address = new URL(location.href);
  for (const [key, value] of Object.entries(chosen)) value ? address.searchParams.set(key, value) : address.searchParams.delete(key);
  history.replaceState(null, "", address);
  document.querySelector("#views [name=query]").value = address.search; // a view keeps what is shown, not what was
  await grid.setQuery({ ...chosen, figures: "1" });
  at("export-link").search = new URLSearchParams(grid.query).toString();
};

let typing = null;
form.addEventListener("input", (event) => {
  clearTimeout(typing);
  typing = setTimeout(applyFilters, event.target.name === "q" ? 160 : 0);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  applyFilters();
  grid.renderer.scroll.focus();
});
form.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-only]");
  if (!chip) return;
  for (const other of form.querySelectorAll("[data-only]")) other.setAttribute("aria-pressed", String(other === chip));
  applyFilters();
});
form.elements.q.addEventListener("keydown", (event) => {
  if (event.key === "Escape" || event.key === "ArrowDown") {
    event.preventDefault();
    grid.renderer.scroll.focus();
  }
});
at("clear-filter").addEventListener("click", () => {
  form.reset();
  for (const field of form.querySelectorAll("input[type=search], select")) field.value = "";
  for (const chip of form.querySelectorAll("[data-only]")) chip.setAttribute("aria-pressed", String(chip.dataset.only === "all"));
  applyFilters();
});
at("export-link").search = new URLSearchParams(grid.query).toString();

grid.addEventListener("grid:loaded", () => {
  at("grid-empty").hidden = grid.model.total > 0;
  grid.hidden = dock.hidden = grid.model.total === 0;
});

// whoever has just arrived needs no mouse and no twenty tabs to begin
document.addEventListener("keydown", (event) => {
  if (event.target !== document.body || !event.key.startsWith("Arrow") || grid.hidden) return;
  event.preventDefault();
  grid.renderer.scroll.focus();
});

// ---- dock: chart and notes of the active row --------------------------------------------------------------

// never the figures of another row under the one in focus
const UNREACHED = "<p class='pane sub'>What belongs to this row could not be loaded. Move to another row and back to try again.</p>";

let dockRun = 0;
let dockTimer = null;
const showDock = (id) => {
  clearTimeout(dockTimer);
  dockTimer = setTimeout(() => loadDock(id), 120);
};
const loadDock = async (id) => {
  const run = ++dockRun;
  const answer = await fetch(`${grid.urls.dock}?${new URLSearchParams({ ...grid.ask, id })}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  const html = answer?.ok ? await answer.text() : UNREACHED;
  if (run !== dockRun) return;
  const tabled = dock.querySelector("[data-chart-table][aria-pressed=true]");
  window.htmx.swap(dock, html, { swapStyle: "innerHTML" });
  if (tabled) dock.querySelector("[data-chart-table]")?.click();
};

grid.addEventListener("grid:active", (event) => {
  if (!event.detail.sameRow) showDock(event.detail.id);
});
grid.addEventListener("grid:saved", () => {
  if (grid.activeRow) showDock(grid.activeRow.id);
});
if (grid.activeRow) showDock(grid.activeRow.id);

// ---- foot and connection ------------------------------------------------------------------------------------

grid.addEventListener("grid:status", (event) => {
  at("grid-status").textContent = event.detail.text;
  const words = event.detail.error ? `▲ ${event.detail.error}` : "";
  if (at("cell-error").textContent !== words) at("cell-error").textContent = words;
});
grid.addEventListener("grid:connection", (event) => {
  const { offline, signedOut, waiting, wait } = event.detail;
  at("connection").hidden = !offline;
  if (!offline) return;
  const edits = waiting === 1 ? "1 edit waits" : `${waiting} edits wait`;
  at("connection-text").textContent = signedOut
    ? `▲ You have been signed out. ${edits} here: sign in again in another tab, then try now.`
    : `▲ No connection. ${edits} here and nothing is lost; trying again in ${Math.round(wait / 1000)} s.`;
});
at("retry-now").addEventListener("click", () => grid.retryNow());
at("discard-waiting").addEventListener("click", () => grid.discard());

// ---- comment and reason -----------------------------------------------------------------------------------------

const post = async (url, body) => {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query: grid.ask, ...body }) }).catch(() => null);
  if (!answer) return { ok: false, data: { error: "No connection to the server. Try again when it is back." } };
  const json = (answer.headers.get("Content-Type") ?? "").includes("json");
  return { ok: answer.ok, data: json ? await answer.json() : { error: `The server refused that (${answer.status}).` } };
};

const openDialog = (dialog, label) => {
  dialog.querySelector("[data-cell]").textContent = label;
  dialog.querySelector("[data-error]").hidden = true;
  dialog.showModal();
};

const submitTo = (dialog, send) => dialog.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { ok, data } = await send();
  if (!ok) {
    const error = dialog.querySelector("[data-error]");
    error.textContent = data.error;
    error.hidden = false;
    return;
  }
  dialog.querySelector("textarea, [maxlength]").value = "";
  dialog.close();
  grid.model.update(data.rows);
  grid.renderer.draw();
  grid.renderer.scroll.focus();
  toast({ text: data.message });
  if (grid.activeRow) showDock(grid.activeRow.id);
});

// what was typed and closed before it was sent stands there again: comments by cell, a reason for whatever comes next;
// kept as it is typed, since a dialog tells that it closed only after the next key may have opened it for another cell
let cell = null;
const unsent = new Map();
const cellKey = () => `${cell.id}/${cell.column}`;
const comment = at("comment-dialog");
grid.addEventListener("grid:comment", (event) => {
  cell = event.detail;
  at("comment-text").value = unsent.get(cellKey()) ?? "";
  openDialog(comment, cell.label);
});
at("comment-text").addEventListener("input", (event) => unsent.set(cellKey(), event.target.value));
submitTo(comment, async () => {
  const answer = await post(grid.urls.comments, { id: cell.id, col: cell.column, text: at("comment-text").value });
  if (answer.ok) unsent.delete(cellKey());
  return answer;
});

const reason = at("reason-dialog");
const selected = () => {
  const rows = new Map();
  for (const [index, column] of grid.selection.cells()) {
    const row = grid.model.row(index);
    if (!row) continue;
    if (!rows.has(row.id)) rows.set(row.id, { id: row.id, cols: [] });
    rows.get(row.id).cols.push(column);
  }
  return [...rows.values()];
};
const askReason = (label) => {
  at("reason-text").value ||= grid.note.reason;
  at("reason-expires").value = grid.note.expires ?? "";
  openDialog(reason, label);
};
grid.addEventListener("grid:reason", (event) => askReason(grid.selection.size > 1 ? `${grid.selection.size} cells` : event.detail.label));
at("reason-button")?.addEventListener("click", () => askReason(`${grid.selection.size === 1 ? "1 cell" : `${grid.selection.size} cells`} selected`));

const keepNote = (text, expires) => {
  grid.note = { reason: text, expires };
  const tag = at("note-tag");
  tag.hidden = !text;
  tag.textContent = text ? `Reason for each edit: ${text}` : "";
};
submitTo(reason, async () => {
  const text = at("reason-text").value.trim();
  const expires = at("reason-expires").value || null;
  keepNote(at("reason-next").checked ? text : "", at("reason-next").checked ? expires : null);
  const answer = await post(grid.urls.reason, { rows: selected(), reason: text, expires });
  // a reason kept for what comes next needs no override yet
  if (!answer.ok && at("reason-next").checked && text) return { ok: true, data: { rows: [], message: "Reason kept for your next edits" } };
  return answer;
});
