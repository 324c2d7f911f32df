// What comes back with errors, a page or a piece of one, has the cursor where the first of them was typed.
const toFirstError = (root) => root.querySelector?.("[aria-invalid=true]:not([type=hidden])")?.focus();

export const startForms = () => {
  toFirstError(document.getElementById("main") ?? document);
  document.body.addEventListener("htmx:afterSettle", (event) => toFirstError(event.detail.elt));
};
