// Runs before the first paint, so a page never flashes in the wrong theme.
(() => {
  const root = document.documentElement;
  for (const [key, name] of [["siop.theme", "theme"], ["siop.rows", "rows"]]) {
    const value = localStorage.getItem(key);
    if (value) root.dataset[name] = value;
  }
})();
