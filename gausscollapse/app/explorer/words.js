"use strict";
// One run in words. Only what was computed is said: no limit is claimed.
const words = (() => {
  const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  // Three digits; powers of ten where there are many zeros.
  function number(x) {
    if (Number.isNaN(x)) return "not computed";
    if (!Number.isFinite(x)) return x < 0 ? "−∞" : "∞";
    const size = Math.abs(x);
    if (size === 0) return "0";
    const sign = x < 0 ? "−" : "";
    if (size >= 1e-3 && size < 99999.5) {
      return sign + String(+size.toPrecision(size >= 100 ? Math.max(3, Math.floor(Math.log10(size)) + 1) : 3));
    }
    const [digits, power] = size.toExponential(2).split("e");
    const raised = String(Math.abs(Number(power))).replace(/\d/g, (digit) => RAISED[digit]);
    return `${sign}${+digits}\u00a0×\u00a010${power.startsWith("-") ? "⁻" : ""}${raised}`;
  }

  // A correlation, to two digits.
  const correlation = (x) => String(+x.toFixed(2)).replace("-", "−");

  const generations = (n) => (n === 1 ? "one generation" : `${n} generations`);
  const capital = (text) => text[0].toUpperCase() + text.slice(1);

  function source(settings) {
    if (settings.workflow === "accumulate") return "with all earlier data kept";
    if (settings.fresh === 0) return "without fresh data";
    if (settings.fresh === 1) return "with nothing but fresh data";
    return `with ${+(100 * settings.fresh).toFixed(1)} % fresh data`;
  }

  // How successive errors meet, by the correlation of the innovations.
  function meeting(rho) {
    if (!Number.isFinite(rho)) return "there is one error";
    if (rho > 0.9) return "errors that point the same way add up";
    if (rho > 0.3) return "errors that partly agree add up";
    if (rho >= -0.3) return "errors that hardly know each other add up only in their squares";
    if (rho >= -0.9) return "each error undoes part of the last";
    return "each error undoes the last";
  }

  // Why a drift is infinite, or empty.
  function endless(settings, run) {
    const first = run.drift.findIndex((value) => value === Infinity);
    if (first < 0) return "";
    const lasting = run.drift.slice(first).every((value) => value === Infinity);
    const when = lasting ? `From generation ${first} on` : `In generation ${first}, and not in all later ones`;
    if (!run.heavy[first]) return `${when}, the drift is finite but beyond the largest float.`;
    return (
      `${when}, the drift is infinite: part of the model has at least twice the variance of ` +
      `${settings.law === "modes" ? "a mode of the data" : "the data"}, so that chi-squared weighs its tails without bound.`
    );
  }

  function ended(run) {
    if (run.stopped === "parts") {
      return (
        `The run stops after ${generations(run.last)}: errors that change direction and all the data kept give more ` +
        "distinct components than this page holds."
      );
    }
    if (run.stopped === "collapsed") {
      return `The run stops after ${generations(run.last)}: the model has collapsed to a point (variance below 10⁻⁹).`;
    }
    return "";
  }

  function finite(settings, run) {
    const drift = run.drift[run.last];
    const times = drift / run.drift[1];
    const share = (100 * drift) / run.coherent[run.last];
    const size = times >= 0.995 ? `${number(times)} times` : `${number(100 * times)} % of`;
    const told = run.last > 1 && settings.samples === 0 && Number.isFinite(times);
    const rest = told ? `, ${size} that after the first` : "";
    const most = run.last > 1 && share < 99.5 ? ` Aligned errors of these sizes would give ${number(run.coherent[run.last])}.` : "";
    return (
      `${capital(source(settings))}, ${meeting(run.correlation)}: after ${generations(run.last)} the drift is ` +
      `${number(drift)}${rest}.${most}`
    );
  }

  function path(settings, run) {
    if (settings.samples === 0) return "";
    const { excess } = run.moments[run.last];
    const share = settings.dimension === 1 ? 1 + excess[0] : 1 + (excess[0] + excess[2]) / 2;
    const whose = settings.dimension === 1 ? "variance" : "mean variance";
    return `One sample path of n = ${settings.samples}: the ${whose} is now ${number(share)} of the data's.`;
  }

  function sentence(settings, run) {
    if (run.last === 0) return ended(run);
    if (run.energy.every((value) => value === 0)) {
      return "No error is made: every generation reproduces what it was trained on, and the model stays the data.";
    }
    const why = endless(settings, run);
    const drift = run.drift[run.last];
    const unknown = Number.isNaN(drift) ? "The model has become too narrow for the quadrature of this page." : "";
    const main = why !== "" ? `${capital(source(settings))}: ${why[0].toLowerCase()}${why.slice(1)}` : unknown;
    return [main === "" ? finite(settings, run) : main, path(settings, run), ended(run)].filter(Boolean).join(" ");
  }

  return { number, correlation, sentence };
})();
