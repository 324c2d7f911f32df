// Draws what is in view: a pool of row elements that move with the scroll position.
import { format } from "../numbers.js";
import { BLOCK, FLAG } from "./model.js";

const OVERSCAN = 6;
const MAX_HEIGHT = 15_000_000; // browsers stop near 33 million pixels; beyond this, rows are mapped by proportion

const make = (tag, css, role) => {
  const element = document.createElement(tag);
  if (css) element.className = css;
  if (role) element.setAttribute("role", role);
  return element;
};

const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const setClass = (element, css) => {
  if (element.className !== css) element.className = css;
};

export class Renderer {
  constructor(host, model, selection, label) {
    Object.assign(this, { host, model, selection });
    this.serial = ++Renderer.count;
    this.pool = [];
    this.shown = new Map();
    this.#build(label);
    this.measure();
  }

  static count = 0;

  #build(label) {
    this.scroll = make("div", "pg-scroll", "treegrid");
    this.scroll.tabIndex = 0;
    this.scroll.setAttribute("aria-label", label);
    this.scroll.setAttribute("aria-multiselectable", "true");
    this.scroll.setAttribute("aria-colcount", String(this.model.texts.length + this.model.columns.length));
    if (this.model.readonly) this.scroll.setAttribute("aria-readonly", "true");
    const head = make("div", "pg-head", "rowgroup");
    this.head = make("div", "pg-row pg-head-row", "row");
    this.head.setAttribute("aria-rowindex", "1");
    this.model.texts.forEach((text, index) => this.head.append(this.#header(text.label, `pg-h pg-t fz${index} ${text.number ? "pg-n" : ""}`, index, text.key)));
    this.model.columns.forEach((column, index) =>
      this.head.append(this.#header(column.label, `pg-h pg-n ${index === 0 ? "pg-first" : ""}`, this.model.texts.length + index, String(index))));
    head.append(this.head);
    this.body = make("div", "pg-body", "rowgroup");
    this.scroll.append(head, this.body);
    this.host.append(this.scroll);
    this.#columnWidths();
  }

  #header(label, css, index, sort) {
    const cell = make("div", css, "columnheader");
    cell.setAttribute("aria-colindex", String(index + 1));
    cell.textContent = label;
    cell.dataset.sort = sort;
    return cell;
  }

  #columnWidths() {
    let left = 0;
    const tracks = this.model.texts.map((text, index) => {
      this.host.style.setProperty(`--fz${index}`, `${left}px`);
      left += text.width;
      return `${text.width}px`;
    });
    const width = this.model.columns[0]?.width ?? 66;
    this.frozen = left;
    this.columnWidth = width;
    this.host.style.setProperty("--pg-tracks", `${tracks.join(" ")} repeat(${this.model.columns.length}, minmax(${width}px, 1fr))`);
    this.host.style.setProperty("--pg-width", `${left + width * this.model.columns.length}px`);
  }

  measure() {
    const probe = make("div", "pg-probe");
    this.host.append(probe);
    this.rowHeight = probe.getBoundingClientRect().height || 28;
    probe.remove();
    this.headHeight = this.head.getBoundingClientRect().height || 28;
  }

  // pixels a row takes in the scroll space; 1:1 until the list is longer than a browser can scroll
  get #stride() {
    return Math.min(this.rowHeight, MAX_HEIGHT / Math.max(1, this.model.total));
  }

  resize() {
    this.measure();
    this.scroll.setAttribute("aria-rowcount", String(this.model.total + 1));
    this.body.style.height = `${Math.max(1, this.model.total) * this.#stride + (this.rowHeight - this.#stride)}px`;
  }

  get window() {
    const first = Math.floor(this.scroll.scrollTop / this.#stride);
    const count = Math.ceil((this.scroll.clientHeight - this.headHeight) / this.rowHeight);
    return { first, last: Math.min(this.model.total - 1, first + count) };
  }

  get page() {
    return Math.max(1, Math.floor((this.scroll.clientHeight - this.headHeight) / this.rowHeight) - 1);
  }

  visibleIds() {
    const { first, last } = this.window;
    const ids = [];
    for (let index = first; index <= last; index += 1) {
      const row = this.model.row(index);
      if (row) ids.push(row.id);
    }
    return ids;
  }

  blocksInView() {
    const { first, last } = this.window;
    const from = Math.floor(first / BLOCK);
    return Array.from({ length: Math.max(0, Math.floor(last / BLOCK) - from + 1) }, (_, index) => from + index);
  }

  missingBlocks() {
    return this.blocksInView().filter((number) => !this.model.hasBlock(number));
  }

  draw() {
    const { first, last } = this.window;
    const from = Math.max(0, first - OVERSCAN);
    const to = Math.min(this.model.total - 1, last + OVERSCAN);
    for (const [index, element] of this.shown)
      if (index < from || index > to) {
        this.shown.delete(index);
        this.pool.push(element);
      }
    const base = this.scroll.scrollTop - first * this.rowHeight - (this.scroll.scrollTop % this.#stride);
    const exact = this.#stride === this.rowHeight;
    for (let index = from; index <= to; index += 1) {
      const element = this.shown.get(index) ?? this.#take(index);
      element.style.transform = `translateY(${exact ? index * this.rowHeight : base + index * this.rowHeight}px)`;
      this.#fill(element, index);
    }
    for (const element of this.pool) if (element.isConnected) element.remove();
    this.#point();
  }

  #take(index) {
    const element = this.pool.pop() ?? this.#newRow();
    this.shown.set(index, element);
    this.body.append(element);
    return element;
  }

  #newRow() {
    const row = make("div", "pg-row", "row");
    this.model.texts.forEach((text, index) => {
      const cell = make("div", "", index === 0 ? "rowheader" : "gridcell");
      cell.setAttribute("aria-colindex", String(index + 1));
      row.append(cell);
    });
    this.model.columns.forEach((_, index) => {
      const cell = make("div", "", "gridcell");
      cell.setAttribute("aria-colindex", String(this.model.texts.length + index + 1));
      row.append(cell);
    });
    return row;
  }

  #fill(element, index) {
    const row = this.model.row(index);
    element.setAttribute("aria-rowindex", String(index + 2));
    element.dataset.index = String(index);
    setClass(element, `pg-row${row ? (/^[ac]/.test(row.id) ? " pg-node" : row.x ? " pg-item" : "") : " pg-waiting"}${index === this.selection.row ? " pg-current" : ""}`);
    element.setAttribute("aria-level", String(row?.l ?? 1));
    if (row?.x) element.setAttribute("aria-expanded", String(row.x === 2));
    else element.removeAttribute("aria-expanded");
    this.model.texts.forEach((text, at) => this.#fillText(element.children[at], row, text, at));
    this.model.columns.forEach((_, column) => this.#fillCell(element.children[this.model.texts.length + column], row, index, column));
  }

  #fillText(cell, row, text, at) {
    const level = at === 0 ? ` pg-l${Math.min(row?.l ?? 1, 8)}` : "";
    setClass(cell, `pg-t fz${at}${text.number ? " pg-n" : ""}${level}`);
    const words = row ? String(row.t[at] ?? "") : at === 0 ? "…" : "";
    if (at === 0 && row?.x) setText(cell, `${row.x === 2 ? "▾" : "▸"} ${words}`);
    else setText(cell, words);
    if (cell.title !== words) cell.title = words;
  }

  #fillCell(cell, row, index, column) {
    const id = `pg${this.serial}-${index}-${column}`;
    if (cell.id !== id) cell.id = id;
    const flags = row ? this.model.flags(row, column) : 0;
    const error = row && this.model.error(row, column);
    let css = "pg-c";
    if (column === 0) css += " pg-first";
    if (flags & FLAG.override) css += " ov";
    if (flags & FLAG.exception) css += " exc";
    if (flags & FLAG.comment) css += " co";
    if (flags & FLAG.locked) css += " pg-locked";
    if (row && this.model.isPending(row, column)) css += " pg-pending";
    if (error) css += " pg-error";
    const selected = this.selection.contains(index, column);
    if (selected && this.selection.size > 1) css += " pg-sel";
    if (index === this.selection.row && column === this.selection.column) css += " pg-active";
    setClass(cell, css);
    // a cell that is being typed into holds the field; it is left alone
    if (!cell.firstElementChild) setText(cell, row ? format(this.model.value(row, column), row.p ?? 0) : "");
    if (selected) cell.setAttribute("aria-selected", "true");
    else cell.removeAttribute("aria-selected");
    this.#describe(cell, flags, error);
  }

  // colour is never alone: what it means is said, too
  #describe(cell, flags, error) {
    const words = [];
    if (error) words.push(error);
    if (flags & FLAG.override) words.push(flags & FLAG.unexplained ? "override without a reason" : "override");
    if (flags & FLAG.locked) words.push("locked");
    if (flags & FLAG.exception) words.push("outside the forecast range");
    if (flags & FLAG.comment) words.push("has a comment");
    const text = words.join(", ");
    if (text) {
      if (cell.getAttribute("aria-description") !== text) cell.setAttribute("aria-description", text);
    } else if (cell.hasAttribute("aria-description")) cell.removeAttribute("aria-description");
    if (error) cell.setAttribute("aria-invalid", "true");
    else cell.removeAttribute("aria-invalid");
  }

  cellAt(index, column) {
    return this.shown.get(index)?.children[this.model.texts.length + column];
  }

  #point() {
    const cell = this.cellAt(this.selection.row, this.selection.column);
    if (cell) this.scroll.setAttribute("aria-activedescendant", cell.id);
    else this.scroll.removeAttribute("aria-activedescendant");
  }

  // bring a cell into view with the least movement
  reveal(index, column) {
    const stride = this.#stride;
    const top = index * stride;
    const view = this.scroll.clientHeight - this.headHeight;
    if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
    else if (top + this.rowHeight > this.scroll.scrollTop + view) this.scroll.scrollTop = top + this.rowHeight - view;
    const width = Math.max(this.columnWidth, (this.scroll.scrollWidth - this.frozen) / this.model.columns.length);
    const left = column * width;
    const room = this.scroll.clientWidth - this.frozen;
    if (left < this.scroll.scrollLeft) this.scroll.scrollLeft = left;
    else if (left + width > this.scroll.scrollLeft + room) this.scroll.scrollLeft = left + width - room;
  }

  sorted(sort) {
    const key = sort?.replace(/^-/, "");
    for (const cell of this.head.children) {
      if (cell.dataset.sort === key) cell.setAttribute("aria-sort", sort.startsWith("-") ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
  }
}
