// Light, dark or as the system has it; row height. Both are remembered on this machine.
const root = document.documentElement;
const THEMES = ["system", "light", "dark"];
const ROWS = ["standard", "comfortable", "dense"];

const isDark = () => {
  const chosen = root.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

const remember = (name, value, fallback) => {
  if (value === fallback) {
    delete root.dataset[name];
    localStorage.removeItem(`siop.${name}`);
  } else {
    root.dataset[name] = value;
    localStorage.setItem(`siop.${name}`, value);
  }
};

const announce = () => {
  for (const at of document.querySelectorAll("[data-theme-name]")) at.textContent = root.dataset.theme ?? "system";
  for (const at of document.querySelectorAll("[data-rows-name]")) at.textContent = root.dataset.rows ?? "standard";
  document.dispatchEvent(new CustomEvent("siop:theme"));
};

const next = (list, value) => list[(list.indexOf(value) + 1) % list.length];

export const flipTheme = () => {
  remember("theme", isDark() ? "light" : "dark", "system");
  announce();
};

// Paper is white: what is drawn in colours, such as a chart, is drawn for it, and back when it is printed.
const lightOnPaper = () => {
  let chosen;
  addEventListener("beforeprint", () => {
    chosen = root.dataset.theme;
    root.dataset.theme = "light";
    announce();
  });
  addEventListener("afterprint", () => {
    if (chosen) root.dataset.theme = chosen;
    else delete root.dataset.theme;
    announce();
  });
};

export const startTheme = () => {
  announce();
  lightOnPaper();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-toggle]")) {
      remember("theme", next(THEMES, root.dataset.theme ?? "system"), "system");
      announce();
    }
    if (event.target.closest("[data-rows-toggle]")) {
      remember("rows", next(ROWS, root.dataset.rows ?? "standard"), "standard");
      announce();
    }
  });
};
