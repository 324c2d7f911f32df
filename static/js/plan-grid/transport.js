// Talks to the server: windows of rows, and edits one after the other. An edit that finds no server waits and
// is sent again with the same key, so it is applied once however often it arrives.
import { csrfToken } from "../htmx_setup.js";
import { Following } from "./following.js";

const WAITS = [1000, 2000, 4000, 8000, 15000];
const PASSING = new Set([0, 502, 503, 504]);

export class Transport {
  constructor(urls, onState, onSpread) {
    this.urls = urls;
    this.onState = onState;
    this.queue = [];
    this.busy = false;
    this.tries = 0;
    this.following = new Following(urls.follow, () => this.queue.length > 0, onSpread);
    window.addEventListener("online", () => this.retryNow());
  }

  async rows(query, from, count, signal) {
    const search = new URLSearchParams({ ...query, from, count });
    const answer = await fetch(`${this.urls.rows}?${search}`, { headers: { Accept: "application/json" }, signal });
    if (!answer.ok) throw new Error(await this.#complaint(answer));
    return answer.json();
  }

  // send({ url, body: () => object }) -> { status, data }; body is asked for at sending time, so versions are fresh
  send(request) {
    return new Promise((resolve) => {
      this.queue.push({ ...request, key: crypto.randomUUID(), resolve });
      this.#next();
    });
  }

  get waiting() {
    return this.queue.length;
  }

  retryNow() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.busy = false;
    this.#next();
  }

  // give up everything that is still waiting; each gets the answer "discarded"
  discard() {
    clearTimeout(this.timer);
    this.timer = null;
    this.busy = false;
    this.tries = 0;
    for (const request of this.queue.splice(0)) request.resolve({ status: 0, data: { error: "discarded before it reached the server" } });
    this.onState({ offline: false, waiting: 0 });
  }

  async #next() {
    if (this.busy || !this.queue.length) return;
    this.busy = true;
    const request = this.queue[0];
    request.payload ??= JSON.stringify({ ...request.body(), key: request.key });
    const answer = await this.#post(request);
    if (PASSING.has(answer.status) || answer.status === 401) return this.#later(answer.status);
    this.queue.shift();
    this.tries = 0;
    this.busy = false;
    this.onState({ offline: false, waiting: this.queue.length });
    request.resolve(answer);
    setTimeout(() => this.#next()); // the grid takes in the answer first, so that the next edit is made on it
  }

  async #post({ url, payload }) {
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() };
    try {
      const answer = await fetch(url, { method: "POST", headers, body: payload, redirect: "manual" });
      if (answer.type === "opaqueredirect") return { status: 401, data: {} };
      const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
      const data = isJson ? await answer.json() : { error: await this.#complaint(answer) };
      return { status: answer.status, data };
    } catch {
      return { status: 0, data: {} };
    }
  }

  #later(status) {
    const wait = WAITS[Math.min(this.tries, WAITS.length - 1)];
    this.tries += 1;
    this.onState({ offline: true, signedOut: status === 401, waiting: this.queue.length, wait });
    this.timer = setTimeout(() => this.retryNow(), wait);
  }

  async #complaint(answer) {
    if ((answer.headers.get("Content-Type") ?? "").includes("json")) return (await answer.json()).error ?? `error ${answer.status}`;
    return answer.status === 403 ? "your role may not do that, or your session has ended" : `the server answered ${answer.status}`;
  }
}
