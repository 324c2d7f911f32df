// What the grid asks before it saves: whose value stands where two people edited, and whether a wide change is meant.
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

const part = (css, ...children) => {
  const element = document.createElement("div");
  element.className = css;
  element.append(...children);
  return element;
};

// A dialog that is made for one question: resolves, while it still stands, to whether it was applied.
const ask = ({ id, title, css = "", middle, foot, answer }) => new Promise((resolve) => {
  const dialog = document.createElement("dialog");
  dialog.className = css;
  dialog.setAttribute("aria-labelledby", id);
  const heading = document.createElement("h2");
  Object.assign(heading, { id, textContent: title });
  const apply = button("Apply", "btn pri", () => dialog.close("apply"));
  dialog.append(part("dlg-h", heading), part("dlg-b", ...middle), part("dlg-f", ...foot(dialog), apply));
  dialog.addEventListener("close", () => {
    resolve(answer(dialog.returnValue === "apply", dialog));
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
});

const conflictFoot = (dialog) => {
  const all = (value) => () => {
    for (const input of dialog.querySelectorAll(`input[value=${value}]`)) input.checked = true;
  };
  return [button("All theirs", "btn", all("theirs")), button("All mine", "btn", all("mine")), part("sp")];
};

// resolves to the conflicts whose own value shall be kept
export const askConflicts = (conflicts) => {
  const hint = document.createElement("p");
  hint.className = "sub";
  hint.textContent = "Everything else of your edit is saved. Choose which value stands in each of these cells.";
  const isMine = (dialog, index) => dialog.querySelector(`input[name=conflict-${index}]:checked`)?.value === "mine";
  return ask({
    id: "conflict-title", css: "wide", middle: [hint, table(conflicts)], foot: conflictFoot,
    title: conflicts.length === 1 ? "This cell was changed in the meantime" : `${conflicts.length} cells were changed in the meantime`,
    answer: (applied, dialog) => (applied ? conflicts.filter((_, index) => isMine(dialog, index)) : []),
  });
};

const sampleTable = (sample) => {
  const element = document.createElement("table");
  element.className = "t";
  const head = element.createTHead().insertRow();
  for (const [label, css] of [["The largest of them", ""], ["Now", "n"], ["Then", "n"]]) cell(head, "th", label, css).scope = "col";
  const body = element.createTBody();
  for (const { label, before, after } of sample) {
    const row = body.insertRow();
    cell(row, "th", label).scope = "row";
    cell(row, "td", format(before), "n");
    cell(row, "td", format(after), "n");
  }
  return element;
};

// a node over many rows: what the split would do, before it is done; resolves to true or false
export const askPreview = ({ leaves, before, after, sample }) => ask({
  id: "preview-title", middle: [sampleTable(sample)],
  title: `This changes ${format(leaves)} rows: ${format(before)} becomes ${format(after)}`,
  foot: (dialog) => [button("Cancel", "btn", () => dialog.close(""))],
  answer: (applied) => applied,
});
