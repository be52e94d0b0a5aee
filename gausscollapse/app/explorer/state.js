"use strict";
// What the controls say, as an address: #fresh=0.2&error=0.05. What is not named is as at the start.
const state = (() => {
  const SAMPLES = [0, 10, 20, 50, 100, 200, 500, 1000, 5000];
  const percent = (x) => `${+(100 * x).toFixed(1)} %`;
  const rounded = (x) => String(+x.toPrecision(4));

  // Numbers with a slider; `shown` says a value in words.
  const NUMBERS = [
    { key: "fresh", label: "Fresh fraction α", low: 0, high: 1, step: 0.01, start: 0.1, shown: percent,
      help: "Share of real data in what each generation is trained on." },
    { key: "error", label: "Error a generation", low: 0, high: 0.5, step: 0.005, start: 0.1, shown: rounded,
      help: "Offset of every sample, in standard deviations of the data." },
    { key: "angle", label: "Angle between errors", low: 0, high: 180, step: 5, start: 0,
      shown: (x) => `${rounded(x)}°, ρ ${words.correlation(Math.cos((x * Math.PI) / 180))}`,
      help: "0°: every error points the same way. 90°: they do not know each other. 180°: each undoes the last." },
    { key: "scale", label: "Stretch F", low: 0.8, high: 1.2, step: 0.005, start: 1, shown: rounded,
      help: "x → F x: below 1 every generation narrows, above 1 it widens." },
    { key: "turn", label: "Turn of F", low: -0.2, high: 0.2, step: 0.005, start: 0, shown: rounded, dimension: 2,
      help: "Off-diagonal of F: every generation rotates a little." },
    { key: "noise", label: "Noise H", low: 0, high: 0.5, step: 0.005, start: 0, shown: rounded,
      help: "Variance added by every generation; of correlated data, as a share of each variance." },
    { key: "generations", label: "Generations", low: 1, high: 60, step: 1, start: 20, whole: true, shown: String,
      help: "How often the model is retrained." },
  ];
  const CHOICES = [
    { key: "workflow", label: "Workflow", start: "replace",
      options: [["replace", "replace"], ["accumulate", "accumulate"]] },
    { key: "dimension", label: "Dimension", start: 1, options: [[1, "one"], [2, "two"]] },
    { key: "law", label: "Data", start: "standard", options: [] },
    { key: "samples", label: "Samples n", start: 0,
      options: SAMPLES.map((n) => [n, n === 0 ? "exact (infinite)" : `${n} a generation`]) },
    { key: "axis", label: "Drift axis", start: "log", options: [["log", "logarithmic"], ["linear", "linear"]] },
  ];
  const SEED = { low: 1, high: 999999, start: 1 };

  const start = () =>
    Object.fromEntries([...NUMBERS, ...CHOICES, { key: "seed", ...SEED }].map((item) => [item.key, item.start]));

  function number(item, text) {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value)) return item.start;
    const inside = Math.min(item.high, Math.max(item.low, value));
    return item.whole ? Math.round(inside) : inside;
  }

  // The settings that the pieces fit together in: a data law has its own dimensions, and modes are not refitted.
  function fitting(settings, laws) {
    const law = laws.find((entry) => entry.key === settings.law && entry.dimensions.includes(settings.dimension));
    const samples = law !== undefined && law.weights.length > 1 ? 0 : settings.samples;
    return {
      ...settings,
      law: law === undefined ? "standard" : law.key,
      samples,
      turn: settings.dimension === 1 ? 0 : settings.turn,
    };
  }

  // Read an address; what is unknown or out of range is brought back to what is known.
  function read(hash, laws) {
    const given = new URLSearchParams(hash.replace(/^#/, ""));
    const settings = start();
    for (const item of NUMBERS) if (given.has(item.key)) settings[item.key] = number(item, given.get(item.key));
    if (given.has("seed")) settings.seed = number({ ...SEED, whole: true }, given.get("seed"));
    for (const { key, options } of CHOICES) {
      const known = key === "law" ? laws.map((law) => [law.key]) : options;
      const chosen = known.find(([value]) => String(value) === given.get(key));
      if (chosen !== undefined) [settings[key]] = chosen;
    }
    return fitting(settings, laws);
  }

  // The address of settings, without what is as at the start.
  function written(settings) {
    const first = start();
    const pairs = Object.keys(first).filter((key) => settings[key] !== first[key]);
    return pairs.length === 0 ? "" : `#${pairs.map((key) => `${key}=${settings[key]}`).join("&")}`;
  }

  return { NUMBERS, CHOICES, SEED, start, fitting, read, written };
})();
