// What a person may type into a cell: 1,234 · 1.5k · +10% · *1.1 · /2 · +50 · -50 (subtract) · empty (statistical).
import { format } from "../numbers.js";

const SCALE = { k: 1e3, m: 1e6 };

// "1,234.5", "1 234", "1.234,5", "1,5": the last separator with other than three digits behind it is the decimal mark
const parseNumber = (text) => {
  let plain = text.trim().replace(/[\s\u00a0\u202f'’]/g, "").replace("−", "-");
  const scale = SCALE[plain.slice(-1).toLowerCase()] ?? 1;
  if (scale > 1) plain = plain.slice(0, -1);
  const comma = plain.lastIndexOf(",");
  const dot = plain.lastIndexOf(".");
  if (comma >= 0 && dot >= 0) plain = comma > dot ? plain.replaceAll(".", "").replace(",", ".") : plain.replaceAll(",", "");
  else if (comma >= 0) plain = /^-?\d{1,3}(,\d{3})+$/.test(plain) ? plain.replaceAll(",", "") : plain.replace(",", ".");
  else if (dot >= 0 && (plain.match(/\./g) ?? []).length > 1) plain = plain.replaceAll(".", "");
  if (!/^-?(\d+(\.\d*)?|\.\d+)(e\d+)?$/i.test(plain)) return null;
  const value = Number(plain) * scale;
  return Number.isFinite(value) ? value : null;
};

// the change that a text asks for: { op: set|add|percent|multiply|release, value } or { error }
export const parseChange = (text) => {
  const typed = text.trim();
  if (typed === "" || typed === "-") return { op: "release" };
  const relative = /^([+\-−])\s*(.+?)\s*%$/.exec(typed);
  if (relative) {
    const share = parseNumber(relative[2]);
    if (share === null) return { error: `“${typed}” is not a percentage; type for example +10%` };
    return { op: "percent", value: relative[1] === "+" ? share : -share };
  }
  const factor = /^([*×/÷])\s*(.+)$/.exec(typed);
  if (factor) {
    const value = parseNumber(factor[2]);
    if (value === null || (value === 0 && /[/÷]/.test(factor[1]))) return { error: `“${typed}” is not a factor; type for example *1.1` };
    return { op: "multiply", value: /[/÷]/.test(factor[1]) ? 1 / value : value };
  }
  const step = /^([+\-−])\s*(.+)$/.exec(typed);
  if (step) {
    const value = parseNumber(step[2]);
    if (value === null) return { error: `“${typed}” is not a number` };
    return { op: "add", value: step[1] === "+" ? value : -value };
  }
  const value = parseNumber(typed);
  if (value === null) return { error: `“${typed}” is not a number` };
  return { op: "set", value };
};

const exact = (value) => Number(value.toPrecision(15));

// the new value of one cell; null asks for the statistical value
export const valueAfter = (change, current) => {
  const now = current ?? 0;
  const value = { release: null, set: change.value, add: now + change.value, percent: now * (1 + change.value / 100), multiply: now * change.value }[change.op];
  if (value === null) return { value };
  if (value < 0) return { error: `${format(exact(value))} is below 0; demand is 0 or more` };
  if (value > 1e12) return { error: "That is above 1,000,000,000,000; check the number" };
  return { value: exact(value) };
};
