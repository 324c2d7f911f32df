// What the grid knows: rows of the loaded windows, values on their way to the server, and errors at cells.
export const BLOCK = 100;
const KEEP_BLOCKS = 30;
export const FLAG = { override: 1, exception: 2, comment: 4, locked: 8, unexplained: 16, readonly: 32 };

const cellKey = (id, column) => `${id}|${column}`;

export class Model {
  constructor(config) {
    this.columns = config.columns;
    this.texts = config.texts;
    this.readonly = config.readonly;
    this.forget();
  }

  // a new query: other rows, so nothing of the old windows is kept but what is still being saved
  forget() {
    this.total = 0;
    this.series = 0;
    this.blocks = new Map();
    this.places = new Map();
    this.stale = new Set();
    this.seen = null;
    this.pending ??= new Map();
    this.errors ??= new Map();
  }

  // to be read again: what is in view stays until its answer comes, so that nobody types into nothing
  expire(inView) {
    for (const number of [...this.blocks.keys()]) {
      if (inView.includes(number)) this.stale.add(number);
      else this.#drop(number);
    }
  }

  receive({ total, series, from, rows, seen }) {
    this.total = total;
    this.series = series;
    this.seen ??= seen;
    const kept = rows.map((row) => this.#merged(row));
    for (let offset = 0; offset < kept.length; offset += BLOCK) {
      const number = Math.floor((from + offset) / BLOCK);
      this.#drop(number);
      this.blocks.set(number, kept.slice(offset, offset + BLOCK));
    }
    kept.forEach((row, offset) => this.places.set(row.id, from + offset));
    for (const number of [...this.blocks.keys()]) if (number * BLOCK >= total) this.#drop(number);
    this.#evict();
  }

  // while a row has values on their way, its version stays the one they were typed on
  #merged(row) {
    const old = this.byId(row.id);
    if (old && this.#hasPending(row.id)) row.v = old.v;
    return row;
  }

  #hasPending(id) {
    for (const key of this.pending.keys()) if (key.startsWith(`${id}|`)) return true;
    return false;
  }

  #drop(number) {
    for (const row of this.blocks.get(number) ?? [])
      if (Math.floor(this.places.get(row.id) / BLOCK) === number) this.places.delete(row.id); // not where it has moved since
    this.blocks.delete(number);
    this.stale.delete(number);
  }

  #evict() {
    while (this.blocks.size > KEEP_BLOCKS) this.#drop(this.blocks.keys().next().value);
  }

  hasBlock(number) {
    const block = this.blocks.get(number);
    if (!block || this.stale.has(number)) return false;
    // most recently used last, so that eviction takes what was left behind
    this.blocks.delete(number);
    this.blocks.set(number, block);
    return true;
  }

  row(index) {
    return this.blocks.get(Math.floor(index / BLOCK))?.[index % BLOCK];
  }

  indexOf(id) {
    return this.places.get(id) ?? -1;
  }

  byId(id) {
    const index = this.places.get(id);
    return index === undefined ? undefined : this.row(index);
  }

  // rows as the server has them now; `settled` are cells whose answer this is
  update(rows) {
    for (const fresh of rows) {
      const index = this.places.get(fresh.id);
      if (index === undefined) continue;
      const row = this.row(index);
      Object.assign(row, fresh, { x: row.x, l: row.l });
    }
  }

  value(row, column) {
    const waiting = this.pending.get(cellKey(row.id, column));
    return waiting ? waiting.value : row.c[column];
  }

  confirmed(row, column) {
    return row.c[column];
  }

  flags(row, column) {
    return row.f?.[column] ?? 0;
  }

  isPending(row, column) {
    return this.pending.has(cellKey(row.id, column));
  }

  hold(id, column, value) {
    const key = cellKey(id, column);
    const before = this.pending.get(key);
    this.pending.set(key, { value, uses: (before?.uses ?? 0) + 1 });
    this.errors.delete(key);
  }

  // one answer for this cell has come; a later edit of the same cell may still be under way
  settle(id, column) {
    const key = cellKey(id, column);
    const waiting = this.pending.get(key);
    if (!waiting) return;
    if (waiting.uses > 1) waiting.uses -= 1;
    else this.pending.delete(key);
  }

  fail(id, column, reason) {
    this.errors.set(cellKey(id, column), reason);
  }

  error(row, column) {
    return this.errors.get(cellKey(row.id, column));
  }

  clearError(row, column) {
    return this.errors.delete(cellKey(row.id, column));
  }

  editable(row, column) {
    return !this.readonly && Boolean(row) && !(this.flags(row, column) & FLAG.readonly);
  }
}
