// The figures behind a chart, as a table on the page and as a file.
import { format } from "./numbers.js";

const columnsOf = (spec) =>
  spec.series.flatMap((part) => part.kind === "band"
    ? [{ name: `${part.name}, low`, values: part.lower }, { name: `${part.name}, high`, values: part.upper }]
    : [{ name: part.name, values: part.values }]);

export const toTable = (spec, page) => {
  const table = page.createElement("table");
  table.className = "t dense";
  const cell = (row, tag, text, css) => {
    const element = page.createElement(tag);
    element.textContent = text;
    if (css) element.className = css;
    if (tag === "th") element.scope = row.parentNode?.tagName === "THEAD" ? "col" : "row";
    row.append(element);
  };
  const columns = columnsOf(spec);
  const head = table.createTHead().insertRow();
  cell(head, "th", spec.x_label ?? "");
  for (const column of columns) cell(head, "th", column.name, "n");
  const body = table.createTBody();
  spec.x.forEach((label, index) => {
    const row = body.insertRow();
    cell(row, "th", label);
    for (const column of columns) cell(row, "td", format(column.values[index], spec.places), "n");
  });
  return table;
};

// text that a spreadsheet would run as a formula is escaped on the way out
const guarded = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const toCsv = (spec) => {
  const columns = columnsOf(spec);
  const head = [spec.x_label ?? "", ...columns.map((column) => column.name)].map((text) => quoted(guarded(text)));
  const lines = spec.x.map((label, index) => [quoted(guarded(String(label))), ...columns.map((column) => column.values[index] ?? "")].join(","));
  return `\ufeff${[head.join(","), ...lines].join("\r\n")}\r\n`;
};

export const saveBlob = (blob, name) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};
