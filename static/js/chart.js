// Charts: a finding as title (written by the server), one drawing, and the same figures as table, PNG and CSV.
// ECharts is large, so it and what feeds it are fetched when the first chart comes into view.
import { saveBlob, toCsv, toTable } from "./chart_data.js";

let library = null;
const drawn = new Map();

const loadScript = (src) => new Promise((resolve, reject) => {
  const script = document.createElement("script");
  Object.assign(script, { src, onload: resolve, onerror: () => reject(new Error("charts are not installed")) });
  document.head.append(script);
});

// -> { optionOf, tokens }; window.echarts is there, too
const loadLibrary = () => {
  library ??= Promise.all([import("./chart_option.js"), loadScript(document.documentElement.dataset.echarts)])
    .then(([options]) => options)
    .catch((error) => { library = null; throw error; });
  return library;
};

// an observer reports once by itself: what is drawn in its size already is not drawn again
const fit = (chart, box) => {
  if (chart.isDisposed()) return;
  if (chart.getWidth() !== box.clientWidth || chart.getHeight() !== box.clientHeight) chart.resize();
};

const specOf = (figure) => JSON.parse(document.getElementById(figure.dataset.chart).textContent);

const drawChart = async (figure, given = null) => {
  const box = figure.querySelector(".chart-box");
  const spec = given ?? figure.chartSpec ?? specOf(figure);
  figure.chartSpec = spec;
  try {
    const { optionOf, tokens } = await loadLibrary();
    let chart = drawn.get(figure);
    if (!chart) {
      chart = window.echarts.init(box, null, { renderer: "canvas" });
      drawn.set(figure, chart);
      new ResizeObserver(() => fit(chart, box)).observe(box);
    }
    chart.setOption(optionOf(spec, tokens()), { notMerge: true });
    figure.dataset.drawn = "";
  } catch {
    showTable(figure, true);
  }
};

const showTable = (figure, on) => {
  const table = figure.querySelector(".chart-table");
  const box = figure.querySelector(".chart-box");
  const tool = figure.querySelector("[data-chart-table]");
  table.replaceChildren(...(on ? [toTable(figure.chartSpec ?? specOf(figure), document)] : []));
  table.hidden = !on;
  box.hidden = on;
  tool?.setAttribute("aria-pressed", String(on));
  if (!on) drawn.get(figure)?.resize();
};

const titleOf = (figure) => figure.querySelector("h2, h3")?.textContent ?? "chart";
const fileName = (figure) => titleOf(figure).toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "chart";

const savePng = async (figure) => {
  if (!drawn.has(figure)) await drawChart(figure);
  const { tokens } = await loadLibrary();
  const canvas = drawn.get(figure)?.renderToCanvas({ pixelRatio: 2, backgroundColor: tokens().surface });
  canvas?.toBlob((blob) => saveBlob(blob, `${fileName(figure)}.png`), "image/png");
};

const onClick = (event) => {
  const figure = event.target.closest("[data-chart]");
  if (!figure) return;
  if (event.target.closest("[data-chart-table]")) showTable(figure, figure.querySelector(".chart-table").hidden);
  if (event.target.closest("[data-chart-png]")) savePng(figure);
  if (event.target.closest("[data-chart-csv]"))
    saveBlob(new Blob([toCsv(figure.chartSpec ?? specOf(figure))], { type: "text/csv" }), `${fileName(figure)}.csv`);
};

// one drawing after the other, each when nothing else waits: words and keys come first
const whenIdle = window.requestIdleCallback ? (run) => requestIdleCallback(run, { timeout: 300 }) : setTimeout;
const idle = () => new Promise((resolve) => whenIdle(resolve));
let turn = Promise.resolve();
const drawInTurn = (figure) => {
  const draw = () => (figure.isConnected && !("drawn" in figure.dataset) ? drawChart(figure) : null);
  turn = turn.then(idle).then(draw).catch(reportError);
};

const watch = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    watch.unobserve(entry.target);
    drawInTurn(entry.target);
  }
}, { rootMargin: "200px" });

const findCharts = (root) => {
  for (const figure of root.querySelectorAll("[data-chart]:not([data-watched])")) {
    figure.dataset.watched = "";
    if (document.getElementById(figure.dataset.chart)) watch.observe(figure);
  }
};

const drawRest = () => {
  for (const figure of document.querySelectorAll("[data-chart][data-watched]:not([data-drawn])")) {
    watch.unobserve(figure);
    drawChart(figure);
  }
};

const forget = (root) => {
  for (const [figure, chart] of drawn)
    if (root === figure || root.contains(figure)) {
      chart.dispose();
      drawn.delete(figure);
    }
};

export const startCharts = () => {
  findCharts(document);
  document.addEventListener("click", onClick);
  document.body.addEventListener("htmx:load", (event) => findCharts(event.detail.elt.parentElement ?? document));
  document.body.addEventListener("htmx:beforeCleanupElement", (event) => forget(event.detail.elt));
  // Paper shows what was never scrolled to: Ctrl+P draws the rest before the print is laid out.
  document.addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && event.key === "p") drawRest(); });
  window.matchMedia("print").addEventListener("change", (event) => { if (event.matches) drawRest(); });
  document.addEventListener("siop:theme", () => { for (const figure of drawn.keys()) drawChart(figure); });
};
