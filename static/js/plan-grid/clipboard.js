// Between the grid and any spreadsheet: tab-separated text.
const MAX_CELLS = 200_000;

export const toText = (model, { top, bottom, left, right }) => {
  const lines = [];
  for (let index = top; index <= bottom; index += 1) {
    const row = model.row(index);
    const values = [];
    for (let column = left; column <= right; column += 1) {
      const value = row ? model.value(row, column) : null;
      values.push(value === null || value === undefined ? "" : String(Number(value.toFixed(3))));
    }
    lines.push(values.join("\t"));
  }
  return lines.join("\r\n");
};

// quoted cells of a spreadsheet may hold tabs and line ends
export const fromText = (text) => {
  const rows = [[]];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign === '"' && text[at + 1] === '"') { cell += '"'; at += 1; }
      else if (sign === '"') quoted = false;
      else cell += sign;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === "\t") { rows.at(-1).push(cell); cell = ""; }
    else if (sign === "\n") { rows.at(-1).push(cell); cell = ""; rows.push([]); }
    else if (sign !== "\r") cell += sign;
  }
  rows.at(-1).push(cell);
  if (rows.at(-1).length === 1 && rows.at(-1)[0] === "") rows.pop();
  return rows;
};

export const tooLarge = (rows) => rows.length * (rows[0]?.length ?? 0) > MAX_CELLS;

// what lands where: one value fills the selection, a block is laid at its upper left corner and repeated to fill it
export const placed = (rows, range) => {
  const height = rows.length;
  const width = Math.max(...rows.map((row) => row.length));
  const tall = range.bottom - range.top + 1;
  const wide = range.right - range.left + 1;
  const down = tall % height === 0 ? tall : height;
  const across = wide % width === 0 ? wide : width;
  const cells = [];
  for (let r = 0; r < down; r += 1)
    for (let c = 0; c < across; c += 1) {
      const text = rows[r % height][c % width];
      if (text !== undefined) cells.push({ row: range.top + r, column: range.left + c, text });
    }
  return { cells, bottom: range.top + down - 1, right: range.left + across - 1 };
};
