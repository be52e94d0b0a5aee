"use strict";
// The same inner products where the data is a mixture on the line: no closed form, so the trapezoidal rule, whose
// error falls exponentially for integrands as smooth as these. Every density is divided by the root of the data's.
const quadrature = (() => {
  const MOST_POINTS = 20000;

  const variance = (part) => 1 + part.e[0];

  // Largest possible step and the reach of a^2/p for every component a that has a finite integral.
  function grid(data, parts) {
    const widest = Math.max(...data.map(variance));
    let [low, high, step] = [Infinity, -Infinity, 0.02];
    for (const part of [...data, ...parts]) {
      step = Math.min(step, Math.sqrt(variance(part)) / 4);
      for (const reference of data) {
        const precision = 2 / variance(part) - 1 / widest;
        const centre = (2 * part.m[0]) / variance(part) - reference.m[0] / widest;
        const reach = 10 / Math.sqrt(precision);
        low = Math.min(low, centre / precision - reach);
        high = Math.max(high, centre / precision + reach);
      }
    }
    const count = Math.ceil((high - low) / step) + 1;
    return { low, step, count };
  }

  function logDensity(part, x) {
    const off = x - part.m[0];
    return -0.5 * ((off * off) / variance(part) + Math.log(2 * Math.PI * variance(part)));
  }

  function logMixture(parts, x) {
    const logs = parts.map((part) => Math.log(part.w) + logDensity(part, x));
    const top = Math.max(...logs);
    return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
  }

  // Inner products over the mixture `data`; `parts` are all the components that will be asked for.
  function products(data, parts) {
    const widest = Math.max(...data.map(variance));
    const finite = (part) => variance(part) < 2 * widest;
    const { low, step, count } = grid(data, parts.filter(finite));
    const tooFine = !(count <= MOST_POINTS);
    const points = tooFine ? [] : Array.from({ length: count }, (_, k) => low + k * step);
    const half = points.map((x) => logMixture(data, x) / 2);
    const curves = new Map();

    function curve(part) {
      if (!curves.has(part.key)) {
        curves.set(part.key, Float64Array.from(points, (x, k) => Math.exp(logDensity(part, x) - half[k])));
      }
      return curves.get(part.key);
    }

    function summed(row) {
      const sum = new Float64Array(points.length);
      for (const part of row) {
        const values = curve(part);
        for (let k = 0; k < sum.length; k += 1) sum[k] += part.w * values[k];
      }
      return sum;
    }

    function inner(some, others) {
      if (!some.every(finite) || !others.every(finite)) return Infinity;
      if (tooFine) return NaN;
      const left = summed(some);
      const right = some === others ? left : summed(others);
      let sum = 0;
      for (let k = 0; k < left.length; k += 1) sum += left[k] * right[k];
      return step * sum;
    }

    return { finite, inner, energy: (row) => inner(row, row) };
  }

  return { products };
})();
