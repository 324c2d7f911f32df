// A dialog that came back with errors is shown as one that was opened by hand: modal, with the focus inside.
import { openDialog } from "../menus.js";

for (const dialog of document.querySelectorAll("dialog[open]")) {
  dialog.close();
  openDialog(dialog);
  dialog.querySelector(".errors")?.scrollIntoView({ block: "nearest" });
}
