// From the product's own small chart description to an ECharts option in the colours of the page.
import { format } from "./numbers.js";

const NAMES = ["bg", "surface", "line", "line2", "ink", "ink2", "ink3", "accent", "accent-bg", "accent-mid", "ex", "ok", "warn", "tip", "on-tip"];

// light-dark() does not survive getPropertyValue, so the colours are read from a probe element
export const tokens = () => {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const read = {};
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    read[name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())] = getComputedStyle(probe).color;
  }
  probe.remove();
  return read;
};

const STYLES = {
  ink: (t) => ({ color: t.ink, width: 1.75 }),
  blue: (t) => ({ color: t.accent, width: 2.25 }),
  dash: (t) => ({ color: t.ink2, width: 1.5, type: [4, 3] }),
  dot: (t) => ({ color: t.ink3, width: 1.25, type: [1, 3] }),
  red: (t) => ({ color: t.ex, width: 1.5, type: [4, 3] }),
  soft: (t) => ({ color: t.accentMid, width: 1.5 }),
  grey: (t) => ({ color: t.ink3, width: 1.5 }),
  green: (t) => ({ color: t.ok, width: 1.75 }),
  amber: (t) => ({ color: t.warn, width: 1.75 }),
  ex: (t) => ({ color: t.ex, width: 1.75 }),
};
const styleOf = (name, t) => (STYLES[name] ?? STYLES.ink)(t);
const FONT = { fontFamily: "Inter Variable, sans-serif", fontSize: 11 };

const line = (part, t) => {
  const style = styleOf(part.style, t);
  return {
    name: part.name, type: "line", data: part.values, lineStyle: style, itemStyle: { color: style.color },
    symbol: part.points ? "circle" : "none", symbolSize: 6, step: part.kind === "step" ? "middle" : false, z: 3,
    label: part.labels ? { show: true, formatter: (at) => part.labels[at.dataIndex] ?? "", color: style.color, fontWeight: 600, ...FONT } : undefined,
  };
};

// a band is drawn as an invisible floor with the width stacked on it
const band = (part, t) => {
  const width = part.upper.map((high, index) => (high == null || part.lower[index] == null ? null : high - part.lower[index]));
  const shared = { type: "line", stack: `band-${part.name}`, symbol: "none", lineStyle: { opacity: 0 }, silent: true, z: 1 };
  return [
    { ...shared, name: `${part.name} `, data: part.lower, tooltip: { show: false } },
    { ...shared, name: part.name, data: width, areaStyle: { color: t.accentMid, opacity: 0.55 }, itemStyle: { color: t.accentMid } },
  ];
};

const bar = (part, t, spec) => ({
  name: part.name, type: "bar", data: part.values, stack: part.stack, barMaxWidth: 34, z: 2,
  itemStyle: part.ghost
    ? { color: t.accentBg, borderColor: t.accent, borderType: "dashed", borderRadius: 2 }
    : { color: styleOf(part.style ?? "soft", t).color, borderRadius: 2 },
  label: part.labels ? { show: true, position: spec.horizontal ? "right" : "top", formatter: (at) => part.labels[at.dataIndex] ?? "", color: t.ink, fontWeight: 600, ...FONT } : undefined,
});

const points = (part, t) => ({
  name: part.name, type: "scatter", data: part.values, symbolSize: 8, z: 5,
  itemStyle: { color: styleOf(part.style ?? "blue", t).color, borderColor: t.surface, borderWidth: 1.5 },
});

// a bridge: totals stand on the axis, changes hang between them
const bridge = (part, t) => {
  const totals = new Set(part.totals);
  let level = 0;
  const base = [];
  const shown = part.values.map((value, index) => {
    const total = totals.has(index);
    const start = total ? 0 : level;
    level = total ? value : level + value;
    base.push(total ? 0 : Math.min(start, level));
    const color = total ? t.ink3 : value < 0 ? t.ex : t.accent;
    return { value: Math.abs(total ? value : level - start), itemStyle: { color, borderRadius: 2 } };
  });
  const label = { show: true, position: "top", color: t.ink, fontWeight: 600, ...FONT,
    formatter: (at) => part.labels?.[at.dataIndex] ?? format(part.values[at.dataIndex]) };
  return [
    { name: " ", type: "bar", stack: part.name, data: base, itemStyle: { color: "transparent" }, silent: true, tooltip: { show: false } },
    { name: part.name, type: "bar", stack: part.name, data: shown, barMaxWidth: 60, label },
  ];
};

const MAKERS = { line, step: line, bar, band, points, bridge };

const limitLines = (spec, t) => {
  const lines = (spec.limits ?? []).map((limit) => ({
    yAxis: limit.value, label: { formatter: limit.label, position: "insideEndTop", color: styleOf(limit.style ?? "ink", t).color, ...FONT },
    lineStyle: { color: styleOf(limit.style ?? "ink", t).color, type: [5, 3] },
  }));
  if (spec.today) lines.push({
    xAxis: spec.today, label: { formatter: spec.today_label ?? "today", position: "insideEndTop", rotate: 0, color: t.ink2, ...FONT },
    lineStyle: { color: t.ink3, type: "solid" },
  });
  return lines.length && { symbol: "none", silent: true, data: lines };
};

const tooltipText = (spec) => (rows) => {
  const at = rows[0]?.dataIndex ?? 0;
  const lines = [spec.x[at]];
  for (const part of spec.series) {
    const value = part.kind === "band" ? null : part.values[at];
    if (part.kind === "band" && part.upper[at] != null) lines.push(`${part.name}: ${format(part.lower[at], spec.places)} to ${format(part.upper[at], spec.places)}`);
    else if (value != null) lines.push(`${part.name}: ${format(value, spec.places)}`);
  }
  return lines.join("\n");
};

const SOLID = "path://M0 0H14V2H0Z";
const BROKEN = "path://M0 0H5V2H0ZM8 0H14V2H8Z";
const DOTTED = "path://M0 0H2V2H0ZM4 0H6V2H4ZM8 0H10V2H8ZM12 0H14V2H12Z";
const iconOf = (part) => {
  if (part.kind === "points") return "circle";
  if (/bar|band|bridge/.test(part.kind)) return "roundRect";
  return part.style === "dot" ? DOTTED : /dash|red/.test(part.style) ? BROKEN : SOLID;
};

// Where all is the same there would be no axis to read it on.
const roomAbove = ({ min, max }) => (max === min ? min + 1 : null);

const axes = (spec, t) => {
  const category = {
    type: "category", data: spec.x, axisTick: { show: false }, axisLine: { lineStyle: { color: t.line2 } },
    axisLabel: { color: t.ink2, hideOverlap: true, ...FONT }, boundaryGap: spec.series.some((part) => /bar|bridge/.test(part.kind)),
  };
  const value = {
    type: "value", min: spec.y_min ?? null, max: spec.y_max ?? roomAbove, scale: spec.y_min != null, splitNumber: 4,
    minInterval: spec.places ? 0 : 1, // whole numbers, each once
    axisLabel: { color: t.ink2, formatter: (number) => format(number, spec.places, true), ...FONT }, splitLine: { lineStyle: { color: t.line } },
  };
  return spec.horizontal ? { xAxis: value, yAxis: { ...category, inverse: true } } : { xAxis: category, yAxis: value };
};

export const optionOf = (spec, t) => {
  const series = spec.series.flatMap((part) => (MAKERS[part.kind ?? "line"] ?? line)(part, t, spec));
  const marks = limitLines(spec, t);
  if (marks && series.length) series[0].markLine = marks;
  const many = spec.series.length > 1;
  return {
    animation: false, textStyle: FONT,
    aria: { enabled: false },
    grid: { left: 8, right: 24, top: many ? 40 : spec.today ? 22 : 12, bottom: 4, containLabel: true },
    legend: { show: many, left: 0, top: 0, itemWidth: 14, itemHeight: 9, itemGap: 14, textStyle: { color: t.ink2, fontFamily: FONT.fontFamily, fontSize: 12 },
      data: spec.series.filter((part) => part.legend !== false).map((part) => ({ name: part.name, icon: iconOf(part) })) },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: t.tip, borderWidth: 0, padding: [6, 10],
      textStyle: { color: t.onTip, fontFamily: FONT.fontFamily, fontSize: 12 }, formatter: tooltipText(spec),
      axisPointer: { type: "line", lineStyle: { color: t.ink3, type: [2, 2] } } },
    ...axes(spec, t), series,
  };
};
