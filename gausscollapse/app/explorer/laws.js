"use strict";
// Mixtures of Gaussians as seen from the data N(0, I): a component is {w, m: [m0, m1], e: [e00, e01, e11]} with
// covariance I + E. What is kept is E, since the difference of two covariances would lose a small drift. One dimension
// is two of which the second is left alone.
const laws = (() => {
  // Means closer than this are one mean: sums of the same numbers in another order.
  const SAME = 1e14;

  const key = (part) => [...part.m, ...part.e].map((x) => Math.round(x * SAME)).join();

  // Merge equal components of signed sums; what cancels exactly is left out.
  function merged(parts) {
    const found = new Map();
    for (const part of parts) {
      const known = found.get(part.key);
      if (known === undefined) found.set(part.key, { ...part });
      else known.w += part.w;
    }
    return [...found.values()].filter((part) => part.w !== 0);
  }

  const component = (w, m, e) => {
    const part = { w, m, e };
    part.key = key(part);
    return part;
  };

  const scaled = (weight, parts) => parts.map((part) => ({ ...part, w: weight * part.w }));
  const plus = (...sums) => merged(sums.flat());
  const minus = (some, others) => plus(some, scaled(-1, others));

  // x -> F x + c + N(0, H), with G = F - I: E' = F E F^T + (G + G^T + G G^T + H).
  function moved(parts, channel) {
    const [[a, b], [c, d]] = channel.matrix;
    const [p, q, r, s] = [a - 1, b, c, d - 1];
    const grown = [
      2 * p + p * p + q * q + channel.noise[0],
      q + r + p * r + q * s + channel.noise[1],
      2 * s + r * r + s * s + channel.noise[2],
    ];
    return merged(
      parts.map(({ w, m, e }) =>
        component(
          w,
          [a * m[0] + b * m[1] + channel.offset[0], c * m[0] + d * m[1] + channel.offset[1]],
          [
            a * a * e[0] + 2 * a * b * e[1] + b * b * e[2] + grown[0],
            a * c * e[0] + (a * d + b * c) * e[1] + b * d * e[2] + grown[1],
            c * c * e[0] + 2 * c * d * e[1] + d * d * e[2] + grown[2],
          ],
        ),
      ),
    );
  }

  // The largest eigenvalue of E.
  const widest = ([p, q, r]) => (p + r) / 2 + Math.hypot((p - r) / 2, q);

  // int a^2/p is finite exactly where the covariance is below twice that of the data in every direction.
  const finite = (part) => widest(part.e) < 1;

  // log int a b / p over p = N(0, I):
  // -log det(I - A B)/2 + m_a (I - B A)^-1 m_b + m_a B (I - A B)^-1 m_a / 2 + m_b A (I - B A)^-1 m_b / 2.
  function logRatio(left, right) {
    const [a0, a1, a2] = left.e;
    const [b0, b1, b2] = right.e;
    const [x0, x1] = left.m;
    const [y0, y1] = right.m;
    const p00 = a0 * b0 + a1 * b1;
    const p01 = a0 * b1 + a1 * b2;
    const p10 = a1 * b0 + a2 * b1;
    const p11 = a1 * b1 + a2 * b2;
    const shrunk = p00 * p11 - p01 * p10 - p00 - p11;
    const det = 1 + shrunk;
    // (I - A B)^-1 x, and (I - B A)^-1 y, which has the transposed matrix.
    const u0 = ((1 - p11) * x0 + p01 * x1) / det;
    const u1 = (p10 * x0 + (1 - p00) * x1) / det;
    const v0 = ((1 - p11) * y0 + p10 * y1) / det;
    const v1 = (p01 * y0 + (1 - p00) * y1) / det;
    const mixed = x0 * v0 + x1 * v1;
    const own = x0 * (b0 * u0 + b1 * u1) + x1 * (b1 * u0 + b2 * u1);
    const other = y0 * (a0 * v0 + a1 * v1) + y1 * (a1 * v0 + a2 * v1);
    return mixed + (own + other) / 2 - Math.log1p(shrunk) / 2;
  }

  // w_a w_b (int a b / p - 1); weights may be tiny where the integral is huge.
  function term(left, right) {
    const log = logRatio(left, right);
    const weight = left.w * right.w;
    if (log < 30) return weight * Math.expm1(log);
    return Math.sign(weight) * Math.exp(log + Math.log(Math.abs(weight)));
  }

  // <f, g> in L^2(p) of sums of components whose weights sum to zero, or of one such sum and a law.
  function inner(some, others) {
    if (!some.every(finite) || !others.every(finite)) return Infinity;
    let sum = 0;
    for (const left of some) for (const right of others) sum += term(left, right);
    return Number.isNaN(sum) ? Infinity : sum;
  }

  // <f, f>: every pair once.
  function energy(parts) {
    if (!parts.every(finite)) return Infinity;
    let sum = 0;
    for (let i = 0; i < parts.length; i += 1) {
      sum += term(parts[i], parts[i]);
      for (let j = 0; j < i; j += 1) sum += 2 * term(parts[i], parts[j]);
    }
    return Number.isNaN(sum) ? Infinity : Math.max(sum, 0);
  }

  // Mean and covariance less I of a mixture.
  function moments(parts) {
    const mean = [0, 0];
    for (const { w, m } of parts) for (const k of [0, 1]) mean[k] += w * m[k];
    const excess = [0, 0, 0];
    for (const { w, m, e } of parts) {
      const [x, y] = [m[0] - mean[0], m[1] - mean[1]];
      excess[0] += w * (e[0] + x * x);
      excess[1] += w * (e[1] + x * y);
      excess[2] += w * (e[2] + y * y);
    }
    return { mean, excess };
  }

  return { component, scaled, plus, minus, moved, finite, widest, inner, energy, moments };
})();
