// Which key asks for which command. The commands themselves are the grid's.
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const FAR = 1e9;

const withControl = { c: "copy", x: "cut", v: null, d: "fillDown", r: "fillRight", z: "undo", y: "redo", a: "selectAll", l: "lock" };

export const commandOf = (event, { page }) => {
  const control = event.ctrlKey || event.metaKey;
  const extend = event.shiftKey;
  const move = MOVES[event.key];
  if (event.altKey && event.key === "ArrowRight") return ["expand"];
  if (event.altKey && event.key === "ArrowLeft") return ["collapse"];
  if (move) return ["move", move[0] * (control ? FAR : 1), move[1] * (control ? FAR : 1), { extend }];
  if (event.key === "PageDown") return ["move", page, 0, { extend }];
  if (event.key === "PageUp") return ["move", -page, 0, { extend }];
  if (event.key === "Home") return ["move", control ? -FAR : 0, -FAR, { extend }];
  if (event.key === "End") return ["move", control ? FAR : 0, FAR, { extend }];
  if (control) {
    const name = event.shiftKey && event.key.toLowerCase() === "z" ? "redo" : withControl[event.key.toLowerCase()];
    return name ? [name] : null;
  }
  if (event.key === "Enter") return ["enter", extend];
  if (event.key === "F2") return ["edit"];
  if (event.key === "Tab") return ["tab", extend];
  if (event.key === "Delete" || event.key === "Backspace") return ["release"];
  if (event.key === "Escape") return ["escape"];
  if (event.altKey) return null;
  if (event.key === " ") return ["toggle"];
  if (extend && event.key === "C") return ["comment"];
  if (extend && event.key === "R") return ["reason"];
  if (event.key === "w") return ["why"];
  if (event.key === "W") return ["whyYear"];
  if (event.key === "l") return ["lock"];
  if (event.key === "s") return ["sort"];
  if (/^[\d+\-−*/.,×÷]$/.test(event.key) && event.key !== "/") return ["edit", event.key];
  return null;
};
