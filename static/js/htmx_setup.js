// What every request carries, and what is said when one fails. Nothing fails in silence.
import { toast } from "./toasts.js";

export const csrfToken = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

const reasonOf = (request) => {
  if (request.status === 403) return "You may not do that, or your session has ended. Reload the page and sign in again.";
  if (request.status === 409) return "Somebody changed this in the meantime. Reload to see the newest version.";
  if (request.status === 428) return "This page lacks the version it was opened with. Reload it.";
  if (request.status === 429) return "Too many requests. Wait a moment and try again.";
  if (request.status >= 500) return "The server could not do that. Nothing was changed; try again in a moment.";
  const plain = (request.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
  return plain && request.responseText ? request.responseText.slice(0, 300) : `The server refused that (${request.status}).`;
};

export const startHtmx = () => {
  const body = document.body;
  let open = 0;
  const count = (step) => {
    open = Math.max(0, open + step);
    document.documentElement.classList.toggle("loading", open > 0);
  };
  body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrfToken();
  });
  // polling is quiet: only what a person started shows the line at the top
  const loud = (event) => !(event.detail.elt?.getAttribute("hx-trigger") ?? "").includes("every");
  body.addEventListener("htmx:beforeRequest", (event) => loud(event) && count(1));
  body.addEventListener("htmx:afterRequest", (event) => loud(event) && count(-1));
  body.addEventListener("htmx:responseError", (event) => toast({ text: reasonOf(event.detail.xhr), kind: "error" }));
  body.addEventListener("htmx:sendError", (event) =>
    loud(event) && toast({ text: "No connection to the server. Nothing was lost; try again when it is back.", kind: "error" }));
  // a dialog whose form was accepted closes itself: HX-Trigger: {"closeDialog": ""}
  body.addEventListener("closeDialog", () => document.querySelector("dialog[open]")?.close());
};
