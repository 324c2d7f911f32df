// Stock, orders and exceptions behind edits: asked for right behind an edit that comes alone, and once for all that is
// typed in a row, when typing rests, never in its way. What is lost here the server catches up with by itself.
import { csrfToken } from "../htmx_setup.js";

const REST = 250;
const ALONE = 1000; // so long after the last edit nobody is typing in a row

export class Following {
  constructor(url, isBusy, onSpread) {
    Object.assign(this, { url, isBusy, onSpread });
    this.batches = [];
    this.asking = false;
    this.edited = -Infinity;
    window.addEventListener("pagehide", () => this.#ask());
  }

  behind(batch) {
    if (!batch) return;
    const now = performance.now();
    this.batches.push(batch);
    this.#in(now - this.edited > ALONE ? 0 : REST);
    this.edited = now;
  }

  #in(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.asking || this.isBusy() ? this.#in(REST) : this.#ask()), wait);
  }

  async #ask() {
    clearTimeout(this.timer);
    if (!this.batches.length) return;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
    const body = JSON.stringify({ batches: this.batches.splice(0) });
    this.asking = true;
    const answer = await fetch(this.url, { method: "POST", headers, body, keepalive: true }).then((one) => one.json()).catch(() => null);
    this.asking = false;
    if (answer?.spread) this.onSpread(); // rows of other items have come or changed
  }
}
