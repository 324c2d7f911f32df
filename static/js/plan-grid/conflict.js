// Somebody changed the same cell: base, theirs and mine side by side, and a choice for each.
import { format } from "../numbers.js";

const cell = (row, tag, content, css) => {
  const element = document.createElement(tag);
  if (css) element.className = css;
  if (content instanceof Node) element.append(content);
  else element.textContent = content;
  row.append(element);
  return element;
};

const radio = (name, value, label, checked) => {
  const wrap = document.createElement("label");
  wrap.className = "check";
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name, value, checked });
  const words = document.createElement("span");
  words.textContent = label;
  wrap.append(input, words);
  return wrap;
};

const button = (label, css, run) => {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", className: css, textContent: label });
  element.addEventListener("click", run);
  return element;
};

const shown = (value) => (value === null ? "statistical" : format(value));

const table = (conflicts) => {
  const element = document.createElement("table");
  element.className = "t";
  const head = element.createTHead().insertRow();
  for (const [label, css] of [["Cell", ""], ["Before", "n"], ["Theirs", ""], ["Mine", ""], ["Changed by", ""]]) {
    cell(head, "th", label, css).scope = "col";
  }
  const body = element.createTBody();
  conflicts.forEach((conflict, index) => {
    const row = body.insertRow();
    cell(row, "th", `${conflict.label}, ${conflict.month}`).scope = "row";
    cell(row, "td", shown(conflict.base), "n");
    cell(row, "td", radio(`conflict-${index}`, "theirs", shown(conflict.theirs), true));
    cell(row, "td", radio(`conflict-${index}`, "mine", shown(conflict.mine), false));
    cell(row, "td", [conflict.who, conflict.when].filter(Boolean).join(", ") || "somebody else", "sub");
  });
  return element;
};

// resolves to the conflicts whose own value shall be kept
export const askConflicts = (conflicts) => new Promise((resolve) => {
  const dialog = document.createElement("dialog");
  dialog.className = "wide";
  dialog.setAttribute("aria-labelledby", "conflict-title");
  const head = document.createElement("div");
  head.className = "dlg-h";
  const title = document.createElement("h2");
  title.id = "conflict-title";
  title.textContent = conflicts.length === 1 ? "This cell was changed in the meantime" : `${conflicts.length} cells were changed in the meantime`;
  head.append(title);
  const middle = document.createElement("div");
  middle.className = "dlg-b";
  const hint = document.createElement("p");
  hint.className = "sub";
  hint.textContent = "Everything else of your edit is saved. Choose which value stands in each of these cells.";
  middle.append(hint, table(conflicts));
  const all = (value) => () => {
    for (const input of dialog.querySelectorAll(`input[value=${value}]`)) input.checked = true;
  };
  const foot = document.createElement("div");
  foot.className = "dlg-f";
  const gap = document.createElement("span");
  gap.className = "sp";
  foot.append(button("All theirs", "btn", all("theirs")), button("All mine", "btn", all("mine")), gap,
    button("Apply", "btn pri", () => dialog.close("apply")));
  dialog.append(head, middle, foot);
  dialog.addEventListener("close", () => {
    const mine = dialog.returnValue === "apply"
      ? conflicts.filter((_, index) => dialog.querySelector(`input[name=conflict-${index}]:checked`)?.value === "mine") : [];
    dialog.remove();
    resolve(mine);
  });
  document.body.append(dialog);
  dialog.showModal();
});

// a node over many rows: what the split would do, before it is done; resolves to true or false
export const askPreview = (preview) => new Promise((resolve) => {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "preview-title");
  const head = document.createElement("div");
  head.className = "dlg-h";
  const title = document.createElement("h2");
  title.id = "preview-title";
  title.textContent = `This changes ${format(preview.leaves)} rows: ${format(preview.before)} becomes ${format(preview.after)}`;
  head.append(title);
  const middle = document.createElement("div");
  middle.className = "dlg-b";
  const list = document.createElement("table");
  list.className = "t";
  const top = list.createTHead().insertRow();
  for (const [label, css] of [["The largest of them", ""], ["Now", "n"], ["Then", "n"]]) cell(top, "th", label, css).scope = "col";
  const body = list.createTBody();
  for (const part of preview.sample) {
    const row = body.insertRow();
    cell(row, "th", part.label).scope = "row";
    cell(row, "td", format(part.before), "n");
    cell(row, "td", format(part.after), "n");
  }
  middle.append(list);
  const foot = document.createElement("div");
  foot.className = "dlg-f";
  foot.append(button("Cancel", "btn", () => dialog.close("")), button("Apply", "btn pri", () => dialog.close("apply")));
  dialog.append(head, middle, foot);
  dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "apply");
  });
  document.body.append(dialog);
  dialog.showModal();
});
