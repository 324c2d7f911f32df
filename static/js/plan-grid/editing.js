// The field that lies over a cell while its value is typed.
export class Editor {
  constructor(renderer, commit) {
    this.renderer = renderer;
    this.commit = commit; // (text, where) where: down | right | left | stay
    this.field = document.createElement("input");
    this.field.className = "pg-edit";
    this.field.autocomplete = "off";
    this.field.spellcheck = false;
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("blur", () => this.open && this.#finish("stay", { refocus: false }));
    this.open = false;
  }

  // typed: the first sign replaces the value; without it the old value is there to be changed
  start({ row, column, text, label, typed = null }) {
    const cell = this.renderer.cellAt(row, column);
    if (!cell) return;
    this.before = text;
    this.field.value = typed ?? text;
    this.field.setAttribute("aria-label", label);
    cell.append(this.field);
    this.open = true;
    this.field.focus();
    if (typed === null) this.field.select();
    else this.field.setSelectionRange(typed.length, typed.length);
  }

  #key(event) {
    event.stopPropagation();
    const where = { Enter: event.shiftKey ? "up" : "down", Tab: event.shiftKey ? "left" : "right" }[event.key];
    if (where) {
      event.preventDefault();
      this.#finish(where);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.cancel();
    }
  }

  #finish(where, { refocus = true } = {}) {
    const text = this.field.value;
    this.#close(refocus);
    if (text !== this.before) this.commit(text, where);
    else this.commit(null, where);
  }

  cancel() {
    this.#close(true);
  }

  #close(refocus) {
    this.open = false;
    this.field.remove();
    if (refocus) this.renderer.scroll.focus({ preventScroll: true });
  }
}
