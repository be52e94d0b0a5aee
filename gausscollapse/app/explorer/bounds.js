"use strict";
// What drift can be, given the energies J_i of the innovations: r_n = sum_i C[n][i] xi_i.
const bounds = (() => {
  // Replacement: what generation i added is multiplied by 1 - fresh in every later one.
  function replacing(fresh, generations) {
    const rows = [[]];
    for (let n = 0; n < generations; n += 1) rows.push([...rows[n].map((c) => (1 - fresh) * c), 1]);
    return rows;
  }

  // Accumulation: r_n = xi_{n-1} + sum_{j <= n-2} xi_j / (j + 2).
  function accumulating(generations) {
    const rows = [[]];
    for (let n = 1; n <= generations; n += 1) {
      rows.push(Array.from({ length: n }, (_, j) => (j === n - 1 ? 1 : 1 / (j + 2))));
    }
    return rows;
  }

  const weighted = (row, terms) => row.reduce((sum, c, i) => (c === 0 ? sum : sum + c * terms[i]), 0);

  // The most that energies allow, attained by aligned innovations.
  const coherent = (memory, energies) => memory.map((row) => weighted(row, energies.map(Math.sqrt)) ** 2);

  // What orthogonal innovations give.
  const incoherent = (memory, energies) => memory.map((row) => weighted(row.map((c) => c * c), energies));

  // max(D_i, D_{i+1}) >= J_i/(2 - fresh)^2, since sqrt(J_i) <= sqrt(D_{i+1}) + (1 - fresh) sqrt(D_i). Of accumulated
  // data the mean of i + 1 models, one of them the data, takes the place of the last: max(D_1..D_{i+1}) is bounded.
  const floor = (fresh, energies, accumulate) =>
    energies.map((energy, i) => energy / (accumulate ? 1 + i / (i + 1) : 2 - fresh) ** 2);

  // Long-run D/J where the correlation of innovations decays as rho^|i - j|.
  function longRun(fresh, rho) {
    const kept = 1 - fresh;
    return (1 + kept * rho) / ((1 - kept * rho) * (1 - kept * kept));
  }

  // The correlation at which `longRun` has a given value.
  function correlationOf(fresh, ratio) {
    const kept = 1 - fresh;
    const scaled = ratio * (1 - kept * kept);
    return (scaled - 1) / (kept * (scaled + 1));
  }

  return { replacing, accumulating, coherent, incoherent, floor, longRun, correlationOf };
})();
