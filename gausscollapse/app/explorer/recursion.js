"use strict";
// Retraining, exactly: model i + 1 is the channel of generation i applied to the law that it was trained on.
const recursion = (() => {
  const MOST_PARTS = 1200;

  // cos and sin of an angle in degrees, exact at right angles.
  function direction(degrees) {
    const turn = ((degrees % 360) + 360) % 360;
    if (turn % 90 === 0) return [[1, 0], [0, 1], [-1, 0], [0, -1]][turn / 90];
    return [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
  }

  const product = ([[a, b], [c, d]], [x, y]) => [a * x + b * y, c * x + d * y];
  const times = (left, right) => {
    const columns = [0, 1].map((k) => product(left, [right[0][k], right[1][k]]));
    return [0, 1].map((k) => [columns[0][k], columns[1][k]]);
  };
  const transposed = ([[a, b], [c, d]]) => [[a, c], [b, d]];

  // L with L L^T = S, and its inverse.
  function root([[a, b], [, d]]) {
    const first = Math.sqrt(a);
    const last = Math.sqrt(d - (b * b) / a);
    return {
      lower: [[first, 0], [b / first, last]],
      inverse: [[1 / first, 0], [-b / (a * last), 1 / last]],
    };
  }

  // Offsets of all generations, in the frame of the data: the size stays, the angle to the last one is given and its
  // sense is drawn, so that the correlation of two of them is cos(angle)^|i - j| in the mean.
  function offsets(settings, first) {
    const draw = random.uniform(2 * settings.seed);
    const sign = direction(settings.angle)[0];
    const found = [];
    let turn = 0;
    for (let i = 0; i < settings.generations; i += 1) {
      if (i > 0) {
        const u = draw();
        if (settings.dimension === 2) turn += u < 0.5 ? settings.angle : -settings.angle;
        else turn += u < (1 - sign) / 2 ? 180 : 0;
      }
      const [c, s] = direction(turn);
      found.push([c * first[0] - s * first[1], s * first[0] + c * first[1]]);
    }
    return found;
  }

  // The channels in the frame of the data, x = mean + L z, and as they are.
  function channels(settings, law) {
    const flat = settings.dimension === 1;
    const { lower, inverse } = root(law.frame);
    const matrix = flat
      ? [[settings.scale, 0], [0, 1]]
      : [[settings.scale, settings.turn], [-settings.turn, settings.scale]];
    const noise = [[settings.noise * law.noise[0], 0], [0, flat ? 0 : settings.noise * law.noise[1]]];
    const inside = times(times(inverse, noise), transposed(inverse));
    const first = law.direction.map((x) => settings.error * x);
    return offsets(settings, product(inverse, first)).map((offset) => ({
      matrix: times(times(inverse, matrix), lower),
      offset,
      noise: [inside[0][0], inside[0][1], inside[1][1]],
      actual: { matrix, noise, offset: product(lower, offset) },
    }));
  }

  // Mean and variance (over n, not n - 1) of n samples of a law: the Gaussian of maximum likelihood.
  function fitted(parts, count, draw, flat) {
    const points = [];
    for (let k = 0; k < count; k += 1) {
      let left = draw();
      const part = parts.find(({ w }) => (left -= w) < 0) ?? parts[parts.length - 1];
      const { lower } = root([[1 + part.e[0], part.e[1]], [part.e[1], 1 + part.e[2]]]);
      const step = product(lower, random.normalPair(draw));
      points.push([part.m[0] + step[0], flat ? 0 : part.m[1] + step[1]]);
    }
    const mean = [0, 1].map((k) => points.reduce((sum, point) => sum + point[k], 0) / count);
    const cov = [0, 0, 0];
    for (const point of points) {
      const [x, y] = [point[0] - mean[0], point[1] - mean[1]];
      cov[0] += (x * x) / count;
      cov[1] += (x * y) / count;
      cov[2] += (y * y) / count;
    }
    return [laws.component(1, mean, flat ? [cov[0] - 1, 0, 0] : [cov[0] - 1, cov[1], cov[2] - 1])];
  }

  const start = (law) =>
    law.weights.map((w, k) => laws.component(w, law.means[k], law.excesses[k]));

  function trained(settings, data, models) {
    const last = models[models.length - 1];
    if (settings.workflow === "replace") {
      return laws.plus(laws.scaled(settings.fresh, data), laws.scaled(1 - settings.fresh, last));
    }
    return laws.plus(...models.map((model) => laws.scaled(1 / models.length, model)));
  }

  // Models, what they were trained on, and why the run ended before its last generation where it did.
  function simulated(settings, data, steps) {
    const draw = random.uniform(2 * settings.seed + 1);
    const flat = settings.dimension === 1;
    const [models, training] = [[data], []];
    for (const channel of steps) {
      const source = trained(settings, data, models);
      const learned = settings.samples > 0 ? fitted(source, settings.samples, draw, flat) : source;
      const next = laws.moved(learned, channel);
      if (next.length > MOST_PARTS) return { models, training, stopped: "parts" };
      if (next.some(({ e: [p, q, r] }) => !(1 + p > 1e-9 && (1 + p) * (1 + r) - q * q > 1e-9 * (1 + p)))) {
        return { models, training, stopped: "collapsed" };
      }
      training.push(source);
      models.push(next);
    }
    return { models, training, stopped: "" };
  }

  // Drift D_0..D_N, energies J_0..J_{N-1} and the mean correlation of successive innovations.
  function measured(data, models, training, closed) {
    const everything = laws.plus(...models.map((model) => laws.scaled(1 / models.length, model)), data);
    const products = closed ? laws : quadrature.products(data, everything);
    const innovations = training.map((source, i) => laws.minus(models[i + 1], source));
    const drift = models.map((model) => products.energy(laws.minus(model, data)));
    const energy = innovations.map((row) => products.energy(row));
    const correlations = [];
    for (let i = 0; i + 1 < innovations.length; i += 1) {
      const value = products.inner(innovations[i], innovations[i + 1]) / Math.sqrt(energy[i] * energy[i + 1]);
      if (Number.isFinite(value)) correlations.push(value);
    }
    const mean = correlations.reduce((sum, value) => sum + value, 0) / correlations.length;
    const heavy = models.map((model) => !model.every(products.finite));
    return { drift, energy, correlation: Math.max(-1, Math.min(1, mean)), heavy };
  }

  // Run what the controls say on the data law `law`.
  function run(settings, law) {
    const data = start(law);
    const steps = channels(settings, law);
    const { models, training, stopped } = simulated(settings, data, steps);
    const found = measured(data, models, training, law.weights.length === 1);
    const last = models.length - 1;
    const accumulate = settings.workflow === "accumulate";
    const memory = accumulate ? bounds.accumulating(last) : bounds.replacing(settings.fresh, last);
    return {
      ...found,
      models,
      steps,
      stopped,
      last,
      moments: models.map(laws.moments),
      coherent: bounds.coherent(memory, found.energy),
      incoherent: bounds.incoherent(memory, found.energy),
      floor: bounds.floor(settings.fresh, found.energy, accumulate),
    };
  }

  return { run, root, product };
})();
