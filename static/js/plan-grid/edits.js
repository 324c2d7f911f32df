// From what was typed, pasted or filled to saved cells: shown at once, sent in order, restored with a reason on failure.
import { parseChange, valueAfter } from "./expressions.js";

// asked seldom, so fetched when it is
const asking = () => import("./conflict.js");
const text = (value) => (value === null ? null : String(value));

export class Edits {
  constructor({ model, transport, urls, undo, context, changed, say }) {
    Object.assign(this, { model, transport, urls, undo, context, changed, say });
  }

  // cells: [{ index, column, text }] -> nothing is sent for a cell that cannot be read or changed; the reason stays there
  typed(cells, mode = "set") {
    const good = [];
    const bad = [];
    const touched = new Set(cells.map(({ index, column }) => `${index}|${column}`));
    for (const { index, column, text: typedText } of cells) {
      const row = this.model.row(index);
      // an open node whose rows are changed, too, is their sum: it follows from them
      if (!row || (row.x === 2 && touched.has(`${index + 1}|${column}`))) continue;
      const outcome = this.#outcome(row, column, typedText);
      if (outcome.error) bad.push({ id: row.id, column, reason: outcome.error });
      else good.push({ id: row.id, column, value: outcome.value, base: this.model.confirmed(row, column), v: row.v });
    }
    this.#refuse(bad);
    this.changed();
    return good.length ? this.#save(good, { mode }) : Promise.resolve();
  }

  #outcome(row, column, typedText) {
    if (!this.model.editable(row, column)) return { error: this.model.readonly || "This cell cannot be changed here" };
    const change = parseChange(typedText);
    return change.error ? change : valueAfter(change, this.model.value(row, column));
  }

  async #save(cells, { mode, confirm = false }) {
    const held = confirm ? [] : cells;
    for (const cell of held) this.model.hold(cell.id, cell.column, this.#optimistic(cell));
    this.changed();
    const { status, data } = await this.transport.send({ url: this.urls.edits, body: () => this.#body(cells, mode, confirm) });
    if (status === 200 && data.preview) return this.#preview(cells, data.preview, mode);
    if (status === 409) return this.#conflict(cells, data, mode);
    if (status === 422) return this.#refused(cells, data.errors, mode);
    this.#settle(cells);
    if (status === 200) this.accepted(data, cells);
    else this.#failed(cells, data.error);
    this.changed();
  }

  // "statistical" is known to the server only: the cell keeps its number, dimmed, until the answer comes
  #optimistic({ id, column, value }) {
    if (value !== null) return value;
    const row = this.model.byId(id);
    return row ? this.model.confirmed(row, column) : null;
  }

  #body(cells, mode, confirm) {
    const rows = new Map();
    for (const { id, column, value, base, v } of cells) {
      if (!rows.has(id)) rows.set(id, { id, v: this.model.byId(id)?.v ?? v, set: {}, base: {} });
      rows.get(id).set[column] = text(value);
      rows.get(id).base[column] = base;
    }
    return { ...this.context(), mode, confirm, rows: [...rows.values()] };
  }

  #settle(cells) {
    for (const { id, column } of cells) this.model.settle(id, column);
  }

  #failed(cells, error) {
    for (const { id, column } of cells) this.model.fail(id, column, error);
    this.say({ text: `Not saved: ${error}`, kind: "error" });
  }

  accepted(data, cells = []) {
    this.model.update(data.rows ?? []);
    if (data.batch) this.undo.record(data.batch);
    this.transport.following.behind(data.batch);
    this.say({ text: data.message, undo: Boolean(data.batch), data });
    // rows below an open node have changed with it; a closed one has none on the page
    if (data.stale && cells.some(({ id }) => this.model.byId(id)?.x === 2)) this.changed({ reload: true });
  }

  async #preview(cells, preview, mode) {
    const { askPreview } = await asking();
    if (await askPreview(preview)) return this.#save(cells, { mode, confirm: true });
    this.#settle(cells);
    this.changed();
  }

  // cells that others did not touch go again by themselves; the others are asked about
  async #conflict(cells, { conflicts, rows }, mode) {
    this.#settle(cells);
    this.model.update(rows);
    const versions = new Map(rows.map((row) => [row.id, row.v]));
    const touched = new Map(conflicts.filter((c) => c.theirs !== c.base).map((c) => [`${c.id}|${c.col}`, c]));
    const fresh = (cell) => ({ ...cell, v: versions.get(cell.id) ?? cell.v });
    const free = cells.filter((cell) => !touched.has(`${cell.id}|${cell.column}`)).map(fresh);
    const saving = free.length ? this.#save(free, { mode }) : null;
    this.changed();
    if (!touched.size) return saving;
    const { askConflicts } = await asking();
    const mine = await askConflicts([...touched.values()]);
    await saving;
    const kept = new Set(mine.map((c) => `${c.id}|${c.col}`));
    const again = cells.filter((cell) => kept.has(`${cell.id}|${cell.column}`)).map((cell) => ({
      ...fresh(cell), base: touched.get(`${cell.id}|${cell.column}`).theirs,
    }));
    this.changed();
    return again.length ? this.#save(again, { mode }) : undefined;
  }

  // the reason stays at each cell, and is said where the eye is: typing has moved on to the next one
  #refuse(bad) {
    for (const { id, column, reason } of bad) this.model.fail(id, column, reason);
    if (bad.length) this.say({ text: bad.length === 1 ? `Not saved: ${bad[0].reason}` : `${bad.length} cells were not saved; each says why`, kind: "error" });
  }

  #refused(cells, errors, mode) {
    this.#settle(cells);
    const bad = new Set(errors.map((error) => `${error.id}|${error.col}`));
    const rest = cells.filter((cell) => !bad.has(`${cell.id}|${cell.column}`));
    this.#refuse(errors.map((error) => ({ id: error.id, column: Number(error.col), reason: error.reason })));
    this.changed();
    return rest.length && rest.length < cells.length ? this.#save(rest, { mode }) : undefined;
  }

  // the selection reaches beyond what is loaded: the server applies it to the rows of the query
  async rectangle(rectangle, confirm = false) {
    const { status, data } = await this.transport.send({
      url: this.urls.rectangle, body: () => ({ ...this.context(), ...rectangle, seen: this.model.seen, confirm }),
    });
    if (status === 200 && data.preview) return this.#previewed(rectangle, data.preview);
    if (status === 200) {
      this.accepted(data);
      this.changed({ reload: true });
    } else if (status === 409) this.say({ text: `Not saved: ${data.conflicts.length} of these rows were changed in the meantime. Look at them and try again.`, kind: "error" });
    else this.say({ text: `Not saved: ${data.error ?? data.errors?.[0]?.reason}`, kind: "error" });
  }

  async #previewed(rectangle, preview) {
    const { askPreview } = await asking();
    if (await askPreview(preview)) await this.rectangle(rectangle, true);
  }

  async step(direction) {
    const batch = direction === "undo" ? this.undo.takeBack() : this.undo.takeForward();
    if (!batch) return this.say({ text: direction === "undo" ? "Nothing to undo" : "Nothing to redo" });
    const { status, data } = await this.transport.send({ url: this.urls.undo, body: () => ({ ...this.context(), batch }) });
    if (status !== 200) return this.#notStepped(direction, batch, data);
    this.model.update(data.rows ?? []);
    this.transport.following.behind(data.batch);
    if (direction === "undo") this.undo.wasUndone(data.batch);
    else this.undo.wasRedone(data.batch);
    this.say({ text: data.message, data });
    this.changed({ reload: true });
  }

  // the step can be tried again: what stopped it may be over
  #notStepped(direction, batch, { error }) {
    if (direction === "undo") this.undo.wasRedone(batch);
    else this.undo.wasUndone(batch);
    this.say({ text: `Not ${direction === "undo" ? "undone" : "redone"}: ${error}`, kind: "error" });
  }
}
