// Numbers as the pages print them: separators, true minus, "-" for missing.
const cache = new Map();

const formatter = (places, compact) => {
  const key = `${places}|${compact}`;
  if (!cache.has(key))
    cache.set(key, new Intl.NumberFormat("en", {
      minimumFractionDigits: compact ? 0 : places, maximumFractionDigits: compact ? 2 : places,
      notation: compact ? "compact" : "standard",
    }));
  return cache.get(key);
};

export const format = (value, places = 0, compact = false) => {
  if (value === null || value === undefined || Number.isNaN(value)) return "-";
  return formatter(places ?? 0, compact && Math.abs(value) >= 1000).format(value).replace("-", "−");
};
