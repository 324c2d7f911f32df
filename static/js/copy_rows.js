// The rows of a page's list go to the clipboard as a spreadsheet takes them: cells parted by tabs, bare numbers, and
// nothing that it would run.
import { toast } from "./toasts.js";

const plain = (cell) => {
  const copy = cell.cloneNode(true);
  for (const unsaid of copy.querySelectorAll(".sr, [aria-hidden=true], input")) unsaid.remove();
  const text = copy.textContent.replace(/\s+/g, " ").trim().replace(/^-$/, "");
  if (/^[−+]?[\d,]+(\.\d+)?$/.test(text)) return text.replaceAll(",", "").replace("−", "-").replace("+", "");
  return /^[=+@−-]/.test(text) ? `'${text}` : text;
};

const line = (row) => [...row.cells].filter((cell) => !cell.matches(".box-cell")).map(plain).join("\t");

document.querySelector("[data-copy-rows]").addEventListener("click", async () => {
  const table = document.querySelector(".list-scroll table");
  const rows = table ? [...table.rows].filter((row) => !row.closest("tfoot")) : [];
  try {
    await navigator.clipboard.writeText(rows.map(line).join("\n"));
    const count = table?.tBodies[0]?.rows.length ?? 0;
    toast({ text: count === 1 ? "1 row copied" : `${count} rows copied` });
  } catch {
    toast({ text: "The browser did not copy them. Take them out as CSV instead.", kind: "error" });
  }
});
