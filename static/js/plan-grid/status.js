// The line below the grid: how many rows, and what the selection comes to.
import { format } from "../numbers.js";

const LIMIT = 20_000;

export const summary = (model, selection) => {
  const rows = `${format(model.total)} rows`;
  if (selection.size > LIMIT) return `${rows} · ${format(selection.size)} cells`;
  let sum = 0;
  let count = 0;
  for (const [index, column] of selection.cells()) {
    const row = model.row(index);
    const value = row ? model.value(row, column) : null;
    if (value === null || value === undefined) continue;
    sum += value;
    count += 1;
  }
  if (count <= 1) return `${rows} · ${count} cell${count === 1 ? ` · ${format(sum)}` : "s"}`;
  return `${rows} · ${format(count)} cells · sum ${format(sum)} · mean ${format(sum / count)}`;
};
