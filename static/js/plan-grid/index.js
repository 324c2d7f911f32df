// <plan-grid>: the planner's table. It joins the parts; each part has one job in its own module.
import { toast } from "../toasts.js";
import { explain } from "../why.js";
import { fromText, placed, tooLarge, toText } from "./clipboard.js";
import { Edits } from "./edits.js";
import { Editor } from "./editing.js";
import { commandOf } from "./keyboard.js";
import { BLOCK, FLAG, Model } from "./model.js";
import { Renderer } from "./rendering.js";
import { Selection } from "./selection.js";
import { summary } from "./status.js";
import { Transport } from "./transport.js";
import { UndoStack } from "./undo.js";

const COPY_LIMIT = 3000; // rows that Ctrl+C fetches when they are not loaded

class PlanGrid extends HTMLElement {
  connectedCallback() {
    if (this.model) return;
    const config = JSON.parse(document.getElementById(this.dataset.config).textContent);
    this.urls = config.urls;
    this.query = config.query;
    this.note = { reason: "", expires: null };
    this.toggled = new Set();
    this.model = new Model(config);
    this.selection = new Selection(() => ({ rows: this.model.total, columns: this.model.columns.length }), () => this.#selected());
    this.renderer = new Renderer(this, this.model, this.selection, config.label);
    this.transport = new Transport(this.urls, (state) => this.#connection(state), () => this.reload({ keep: true }));
    this.undo = new UndoStack();
    this.edits = new Edits({
      model: this.model, transport: this.transport, urls: this.urls, undo: this.undo,
      context: () => this.#context(), changed: (how) => this.#changed(how), say: (what) => this.#say(what),
    });
    this.editor = new Editor(this.renderer, (text, where) => this.#typed(text, where));
    this.#listen();
    if (config.first) this.#receive(config.first);
    else this.reload();
    performance.mark("plan-grid-ready");
  }

  // ---- rows ------------------------------------------------------------------------------------------------

  get ask() {
    return { ...this.query, ...(this.toggled.size ? { toggled: [...this.toggled].join(",") } : {}) };
  }

  #context() {
    return { query: this.ask, visible: this.renderer.visibleIds(), ...this.note };
  }

  setQuery(changes) {
    this.query = Object.fromEntries(Object.entries({ ...this.query, ...changes }).filter(([, value]) => value !== "" && value !== null && value !== undefined));
    this.selection.moveTo(0, this.selection.column);
    this.renderer.scroll.scrollTop = 0;
    return this.reload();
  }

  async reload({ keep = false } = {}) {
    if (keep) this.model.expire(this.renderer.blocksInView());
    else this.model.forget();
    this.loading?.abort();
    await this.#load(keep ? this.renderer.missingBlocks() : [0]);
    this.dispatchEvent(new CustomEvent("grid:loaded", { bubbles: true }));
  }

  async #load(numbers) {
    if (!numbers.length) return;
    this.loading?.abort();
    const run = new AbortController();
    this.loading = run;
    const from = numbers[0] * BLOCK;
    const count = (numbers.at(-1) - numbers[0] + 1) * BLOCK;
    try {
      this.#receive(await this.transport.rows(this.ask, from, count, run.signal));
      this.setAttribute("data-state", "ready");
    } catch (error) {
      if (error.name === "AbortError") return;
      this.setAttribute("data-state", "stale");
      this.#say({ text: `Rows could not be loaded: ${error.message}.`, kind: "error", action: { label: "Try again", run: () => this.#load(this.renderer.missingBlocks()) } });
    } finally {
      if (this.loading === run) this.loading = null;
    }
  }

  #receive(answer) {
    const resized = answer.total !== this.model.total || !this.renderer.body.style.height;
    this.model.receive(answer);
    if (resized) this.renderer.resize();
    if (answer.kpis) this.#strip(answer.kpis);
    this.classList.toggle("pg-empty", answer.total === 0);
    this.#paint();
    this.#active();
    if (this.renderer.missingBlocks().length) this.#scrolled();
  }

  #paint() {
    if (this.painting) return;
    this.painting = requestAnimationFrame(() => {
      this.painting = null;
      this.renderer.draw();
      this.#status();
    });
  }

  #scrolled() {
    this.#paint();
    clearTimeout(this.fetching);
    this.fetching = setTimeout(() => this.#load(this.renderer.missingBlocks()), this.renderer.missingBlocks().length > 1 ? 60 : 30);
  }

  #changed({ reload = false } = {}) {
    this.#paint();
    if (reload) this.reload({ keep: true });
  }

  #status() {
    this.dispatchEvent(new CustomEvent("grid:status", { bubbles: true, detail: { text: summary(this.model, this.selection), error: this.#errorHere() } }));
  }

  #errorHere() {
    const row = this.model.row(this.selection.row);
    return row ? this.model.error(row, this.selection.column) : null;
  }

  #selected() {
    this.renderer.reveal(this.selection.row, this.selection.column);
    this.#paint();
    this.#active();
  }

  #active() {
    const row = this.model.row(this.selection.row);
    const place = row && `${row.id}|${this.selection.column}`;
    if (!row || place === this.place) return;
    const sameRow = this.place?.startsWith(`${row.id}|`);
    this.place = place;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.dispatchEvent(new CustomEvent("grid:active", { bubbles: true, detail: { id: row.id, column: this.selection.column, sameRow } })), 160);
  }

  get activeRow() {
    return this.model.row(this.selection.row);
  }

  // ---- input -----------------------------------------------------------------------------------------------

  #listen() {
    const { scroll } = this.renderer;
    scroll.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    scroll.addEventListener("keydown", (event) => this.#key(event));
    scroll.addEventListener("pointerdown", (event) => this.#pointer(event));
    scroll.addEventListener("dblclick", () => this.#edit());
    scroll.addEventListener("paste", (event) => this.#pasted(event));
    scroll.addEventListener("copy", (event) => this.#copied(event));
    new ResizeObserver(() => { this.renderer.resize(); this.#scrolled(); }).observe(scroll);
    // a panel that opens beside the grid must not hide the cell it explains
    document.addEventListener("siop:layout", () => requestAnimationFrame(() => this.renderer.reveal(this.selection.row, this.selection.column)));
    document.addEventListener("siop:theme", () => { this.renderer.resize(); this.#scrolled(); });
    window.addEventListener("beforeunload", (event) => { if (this.transport.waiting) event.preventDefault(); });
  }

  #key(event) {
    if (this.editor.open || event.target !== this.renderer.scroll) return;
    const command = commandOf(event, { page: this.renderer.page });
    if (!command) return;
    const [name, ...rest] = command;
    const run = this.#commands[name];
    if (!run || run(...rest) === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #commands = {
    move: (down, right, options) => this.selection.moveBy(down, right, options),
    enter: () => this.#edit(),
    tab: (back) => this.#tab(back),
    edit: (typed) => this.#edit(typed),
    release: () => this.#fill(() => ""),
    escape: () => this.#escape(),
    toggle: () => this.#toggle(this.selection.row),
    expand: () => this.activeRow?.x === 1 && this.#toggle(this.selection.row),
    collapse: () => this.activeRow?.x === 2 && this.#toggle(this.selection.row),
    fillDown: () => this.#fillFrom("fill_down"),
    fillRight: () => this.#fillFrom("fill_right"),
    undo: () => { this.edits.step("undo"); },
    redo: () => { this.edits.step("redo"); },
    selectAll: () => this.selection.span(0, 0, this.model.total - 1, this.model.columns.length - 1),
    copy: () => this.#copyFar(),
    cut: () => { this.#copyFar(); return this.#fill(() => ""); },
    lock: () => this.#lock(),
    sort: () => this.sortBy(String(this.selection.column)),
    why: () => this.#why(this.selection.column),
    whyYear: () => this.#why("year"),
    comment: () => this.#ask("grid:comment"),
    reason: () => this.#ask("grid:reason"),
  };

  // Tab walks through a selected range and leaves the grid at the end of a line, so nobody is caught in it
  #tab(back) {
    const step = back ? -1 : 1;
    const next = this.selection.column + step;
    if (next < 0 || next >= this.model.columns.length) return false;
    this.selection.moveTo(this.selection.row, next);
  }

  #escape() {
    const row = this.activeRow;
    if (row && this.model.clearError(row, this.selection.column)) return this.#paint();
    if (this.selection.size === 1) return false;
    this.selection.moveTo(this.selection.row, this.selection.column);
  }

  #edit(typed = null) {
    const { row, column } = this.selection;
    const line = this.model.row(row);
    if (!line) return;
    if (!this.model.editable(line, column)) {
      this.#say({ text: this.model.readonly || "This cell cannot be changed here" });
      return;
    }
    this.renderer.reveal(row, column);
    this.renderer.draw();
    const value = this.model.value(line, column);
    const label = `${line.t[0]}, ${this.model.columns[column].label}`;
    this.editor.start({ row, column, typed, label, text: value === null ? "" : String(Number(value.toFixed(3))) });
  }

  #typed(text, where) {
    const { row, column } = this.selection;
    if (text !== null) {
      const cells = this.selection.size > 1 ? [...this.selection.cells()] : [[row, column]];
      if (this.#loaded()) this.edits.typed(cells.map(([index, at]) => ({ index, column: at, text })));
      else this.#far(text);
    }
    const move = { down: [1, 0], up: [-1, 0], right: [0, 1], left: [0, -1] }[where];
    if (move) this.selection.moveBy(...move);
    else this.#paint();
  }

  #loaded() {
    const { top, bottom } = this.selection.range;
    for (let index = top; index <= bottom; index += 1) if (!this.model.row(index)) return false;
    return true;
  }

  #corners() {
    const { top, bottom, left, right } = this.selection.range;
    return { from: top, to: bottom, cols: Array.from({ length: right - left + 1 }, (_, index) => left + index) };
  }

  async #far(text) {
    const { parseChange } = await import("./expressions.js");
    const change = parseChange(text);
    if (change.error) return this.#say({ text: change.error, kind: "error" });
    this.edits.rectangle({ ...this.#corners(), op: change.op, value: change.value === undefined ? null : String(change.value) });
  }

  #fill(textOf) {
    if (!this.#loaded()) return this.#far(textOf());
    this.edits.typed([...this.selection.cells()].map(([index, column]) => ({ index, column, text: textOf(index, column) })));
  }

  // Ctrl+D and Ctrl+R: the first line or column of the selection over the rest of it
  #fillFrom(op) {
    const { top, left, bottom, right } = this.selection.range;
    const down = op === "fill_down";
    if ((down && top === bottom) || (!down && left === right)) return;
    if (!this.#loaded()) return void this.edits.rectangle({ ...this.#corners(), op, value: null });
    const cells = [];
    for (const [index, column] of this.selection.cells()) {
      if (down ? index === top : column === left) continue;
      const source = this.model.row(down ? top : index);
      const value = this.model.value(source, down ? column : left);
      cells.push({ index, column, text: value === null ? "" : String(value) });
    }
    this.edits.typed(cells);
  }

  #lock() {
    const cells = [...this.selection.cells()].filter(([index]) => this.model.row(index));
    const some = cells.some(([index, column]) => !(this.model.flags(this.model.row(index), column) & FLAG.locked));
    this.edits.typed(cells.map(([index, column]) => ({ index, column, text: String(this.model.value(this.model.row(index), column) ?? 0) })), some ? "lock" : "unlock");
  }

  #toggle(index) {
    const row = this.model.row(index);
    if (!row?.x) return false;
    if (!this.toggled.delete(row.id)) this.toggled.add(row.id);
    this.reload({ keep: true });
  }

  sortBy(key) {
    const { sort } = this.query;
    const next = sort === `-${key}` ? key : sort === key ? "" : `-${key}`;
    this.renderer.sorted(next);
    this.setQuery({ sort: next });
  }

  // col: the place of a month, or "year" for the twelve months of the row
  #why(col) {
    const row = this.activeRow;
    if (!row) return;
    explain(`${this.urls.why}?${new URLSearchParams({ ...this.ask, id: row.id, col })}`, this.renderer.scroll);
  }

  #ask(name) {
    const row = this.activeRow;
    if (!row) return;
    const column = this.model.columns[this.selection.column];
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { id: row.id, column: this.selection.column, label: `${row.t[0]}, ${column.label}` } }));
  }

  // ---- pointer ---------------------------------------------------------------------------------------------

  #pointer(event) {
    if (event.button !== 0 || event.target.closest(".pg-edit")) return;
    const head = event.target.closest(".pg-h");
    if (head) return this.sortBy(head.dataset.sort);
    const line = event.target.closest(".pg-row[data-index]");
    if (!line) return;
    const index = Number(line.dataset.index);
    const column = [...line.children].indexOf(event.target.closest("[role=gridcell], [role=rowheader]")) - this.model.texts.length;
    if (column < 0) {
      if (column === -this.model.texts.length) this.#toggle(index);
      this.selection.moveTo(index, this.selection.column);
      return column === -1 && this.#why("year");
    }
    this.selection.moveTo(index, column, { extend: event.shiftKey });
    this.#drag(event);
  }

  #drag(event) {
    const move = (at) => {
      const line = document.elementFromPoint(at.clientX, at.clientY)?.closest(".pg-row[data-index]");
      const cell = document.elementFromPoint(at.clientX, at.clientY)?.closest("[role=gridcell]");
      if (!line || !cell || !this.contains(line)) return;
      const column = [...line.children].indexOf(cell) - this.model.texts.length;
      if (column >= 0) this.selection.moveTo(Number(line.dataset.index), column, { extend: true });
    };
    const over = new AbortController(); // a finger that pans ends its pointer without lifting it
    const { signal } = over;
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => over.abort(), { signal });
    document.addEventListener("pointermove", move, { signal });
    event.preventDefault();
    this.renderer.scroll.focus({ preventScroll: true });
  }

  // ---- clipboard -------------------------------------------------------------------------------------------

  #copied(event) {
    if (this.editor.open || !this.#loaded()) return;
    event.clipboardData.setData("text/plain", toText(this.model, this.selection.range));
    event.preventDefault();
    this.#say({ text: `${this.selection.size === 1 ? "1 cell" : `${this.selection.size.toLocaleString("en")} cells`} copied` });
  }

  // the browser copies by itself what is loaded; rows out of sight are fetched first
  #copyFar() {
    if (this.#loaded()) return false;
    const { top, bottom } = this.selection.range;
    if (bottom - top > COPY_LIMIT) {
      this.#say({ text: `Copying is limited to ${COPY_LIMIT.toLocaleString("en")} rows; use Export for more.`, kind: "error" });
      return;
    }
    this.#copyRows();
  }

  async #copyRows() {
    const { top, bottom } = this.selection.range;
    try {
      const answer = await this.transport.rows(this.ask, top, bottom - top + 1);
      const rows = new Map(answer.rows.map((row, offset) => [top + offset, row]));
      const view = { row: (index) => rows.get(index), value: (row, column) => row.c[column] };
      await navigator.clipboard.writeText(toText(view, this.selection.range));
      this.#say({ text: `${answer.rows.length.toLocaleString("en")} rows copied` });
    } catch (error) {
      this.#say({ text: `Nothing was copied: ${error.message}. Try again, or use Export.`, kind: "error" });
    }
  }

  async #pasted(event) {
    if (this.editor.open) return;
    event.preventDefault();
    const rows = fromText(event.clipboardData.getData("text/plain"));
    if (!rows.length) return;
    if (tooLarge(rows)) return this.#say({ text: "That is too much to paste; use Import for a whole sheet.", kind: "error" });
    const { cells, bottom, right } = placed(rows, this.selection.range);
    try {
      await this.#ensure(this.selection.range.top, Math.min(bottom, this.model.total - 1));
    } catch (error) {
      return this.#say({ text: `Nothing was pasted: ${error.message}. Try again when the rows can be loaded.`, kind: "error" });
    }
    const fits = cells.filter((cell) => cell.row < this.model.total && cell.column < this.model.columns.length);
    if (fits.length < cells.length) this.#say({ text: `${cells.length - fits.length} of ${cells.length} cells lie outside the table and were left out.`, kind: "error" });
    const { top, left } = this.selection.range;
    this.selection.span(top, left, Math.min(bottom, this.model.total - 1), Math.min(right, this.model.columns.length - 1));
    return this.edits.typed(fits.map(({ row, column, text }) => ({ index: row, column, text })));
  }

  async #ensure(top, bottom) {
    const missing = [];
    for (let number = Math.floor(top / BLOCK); number <= Math.floor(bottom / BLOCK); number += 1) if (!this.model.hasBlock(number)) missing.push(number);
    if (missing.length) this.model.receive(await this.transport.rows(this.ask, missing[0] * BLOCK, (missing.at(-1) - missing[0] + 1) * BLOCK));
  }

  // ---- words -----------------------------------------------------------------------------------------------

  #say({ text, kind = "", undo = false, data = null, action = null }) {
    if (data?.kpis) this.#strip(data.kpis);
    if (data) this.dispatchEvent(new CustomEvent("grid:saved", { bubbles: true, detail: data }));
    if (!text) return;
    this.closeToast?.();
    const step = undo ? { label: "Undo", run: () => this.edits.step("undo") } : action;
    this.closeToast = toast({ text, kind, action: step });
  }

  // the headline figures come as the server draws them
  #strip(html) {
    const strip = document.getElementById("kpis");
    if (strip) strip.outerHTML = html;
  }

  #connection({ offline, signedOut = false, waiting, wait = 0 }) {
    this.dispatchEvent(new CustomEvent("grid:connection", { bubbles: true, detail: { offline, signedOut, waiting, wait } }));
  }

  retryNow() {
    this.transport.retryNow();
  }

  discard() {
    this.transport.discard();
  }
}

customElements.define("plan-grid", PlanGrid);
