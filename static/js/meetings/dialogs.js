// A dialog that came back with errors is shown as one that was opened by hand: modal, with the focus inside.
for (const dialog of document.querySelectorAll("dialog[open]")) {
  dialog.close();
  dialog.showModal();
  dialog.querySelector(".errors")?.scrollIntoView({ block: "nearest" });
}
