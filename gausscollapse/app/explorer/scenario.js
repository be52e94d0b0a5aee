"use strict";
// A run as a scenario file that `gausscollapse simulate` reads: the data and the channel of every generation.
const scenario = (() => {
  const number = (x) => {
    const text = String(Object.is(x, -0) ? 0 : x);
    return /^-?\d+$/.test(text) ? `${text}.0` : text;
  };
  const vector = (row) => `[${row.map(number).join(", ")}]`;
  const matrix = (rows) => `[${rows.map(vector).join(", ")}]`;

  function data(law, dimension) {
    const lines = ["[data]"];
    const means = law.means.map((mean) => vector(mean.slice(0, dimension)));
    const covs = law.covs.map((cov) => matrix(cov.slice(0, dimension).map((row) => row.slice(0, dimension))));
    if (law.weights.length === 1) return [...lines, `mean = ${means[0]}`, `cov = ${covs[0]}`];
    return [
      ...lines,
      'kind = "mixture"',
      `weights = ${vector(law.weights)}`,
      `means = [${means.join(", ")}]`,
      `covs = [${covs.join(", ")}]`,
    ];
  }

  function channel(step, dimension) {
    const cut = (rows) => matrix(rows.slice(0, dimension).map((row) => row.slice(0, dimension)));
    return [
      'kind = "channel"',
      `matrix = ${cut(step.matrix)}`,
      `offset = ${vector(step.offset.slice(0, dimension))}`,
      `noise = ${cut(step.noise)}`,
    ];
  }

  // Why there is no scenario file for these settings, or an empty text.
  function refusal(settings) {
    if (settings.workflow === "accumulate") {
      return "A scenario file describes replacement: it has no word for accumulated data.";
    }
    if (settings.samples > 0) return "A scenario file describes the exact recursion, not a path of finite samples.";
    return "";
  }

  // The file as text; steps are written once where they are all the same.
  function text(settings, law, run) {
    const d = settings.dimension;
    const written = run.steps.map((step) => channel(step.actual, d));
    const same = written.every((lines) => lines.join() === written[0].join());
    const steps = same
      ? ["[retraining.step]", ...written[0]]
      : written.flatMap((lines) => ["[[retraining.step]]", ...lines, ""]);
    return [
      "# From the explorer. Run it with: gausscollapse simulate FILE.toml",
      'name = "explorer"',
      "",
      ...data(law, d),
      "",
      "[retraining]",
      `fresh = ${number(settings.fresh)}`,
      `generations = ${settings.generations}`,
      "",
      ...steps,
    ].join("\n").trimEnd().concat("\n");
  }

  return { refusal, text };
})();
