"use strict";
// The pictures: densities on the line, ellipses in the plane, drift over the generations.
const draw = (() => {
  const { element, frame, path } = chart;

  // The age of a generation as a class: colours go from the first to the last.
  const shade = (i, last) => `hsl(${214 + (166 * i) / Math.max(1, last)} 74% var(--light))`;

  // Means and covariances of all models as they are, not in the frame of the data.
  function actual(run, law) {
    const { lower } = recursion.root(law.frame);
    return run.moments.map(({ mean, excess: [p, q, r] }) => {
      const [[a], [b, c]] = lower;
      const [u, v, w] = [1 + p, q, 1 + r];
      const cov = [a * a * u, a * b * u + a * c * v, b * b * u + 2 * b * c * v + c * c * w];
      return { mean: recursion.product(lower, mean), cov };
    });
  }

  function density(parts, x) {
    let sum = 0;
    for (const { w, m, e } of parts) {
      sum += (w * Math.exp((-0.5 * (x - m[0]) ** 2) / (1 + e[0]))) / Math.sqrt(2 * Math.PI * (1 + e[0]));
    }
    return sum;
  }

  // Above the picture: which model is drawn thick, and what the rest is.
  function legend(made, at, words) {
    const shown = at === 0 ? "Data" : `Generation ${at}`;
    made.labels.append(element("text", { x: made.box.left, y: 18, class: "legend" }, shown));
    made.labels.append(element("text", { x: made.box.right, y: 18, class: "legend soft end" }, words));
  }

  function reach(shapes, k, deviations) {
    const ends = shapes.map(({ mean, cov }) => {
      const spread = deviations * Math.sqrt(cov[2 * k]);
      return [mean[k] - spread, mean[k] + spread];
    });
    return [Math.min(...ends.map(([low]) => low)), Math.max(...ends.map(([, high]) => high))];
  }

  // Where a density is drawn: evenly, and closer where a component is narrower than that.
  function places(parts, low, high) {
    const count = 320;
    const even = Array.from({ length: count + 1 }, (_, k) => low + ((high - low) * k) / count);
    const narrow = parts.filter(({ e }) => Math.sqrt(1 + e[0]) < (4 * (high - low)) / count);
    const near = narrow.flatMap(({ m, e }) =>
      Array.from({ length: 25 }, (_, k) => m[0] + ((k - 12) / 3) * Math.sqrt(1 + e[0])));
    return [...even, ...near.filter((x) => x > low && x < high)].sort((x, y) => x - y);
  }

  function densities(svg, run, law, at, height) {
    const shapes = actual(run, law);
    const [low, high] = reach(shapes, 0, 3.4).map((end, k) => (k === 0 ? Math.max(end, -60) : Math.min(end, 60)));
    const curves = run.models.map((parts) => places(parts, low, high).map((x) => [x, density(parts, x)]));
    const tops = curves.map((curve) => Math.max(...curve.map(([, value]) => value)));
    // A model that collapses to a spike is cut off at eight times the data's peak.
    const top = 1.08 * Math.min(Math.max(...tops), 8 * tops[0]);
    const made = frame(svg, height, { x: [low, high], y: [0, top], xlabel: "sample", bare: true, left: 14, top: 34 });
    const line = (curve) => curve.map(([x, value]) => [made.x(x), made.y(value)]);
    const ground = [[made.x(high), made.y(0)], [made.x(low), made.y(0)]];
    made.add(path([...line(curves[0]), ...ground], { class: "data" }));
    for (let i = 1; i < at; i += 1) {
      const faint = 0.25 + (0.4 * i) / at;
      made.add(path(line(curves[i]), { stroke: shade(i, run.last), "stroke-width": 1.2, opacity: faint }));
    }
    if (at > 0) made.add(path(line(curves[at]), { stroke: shade(at, run.last), "stroke-width": 3.2 }));
    legend(made, at, "grey: the data");
  }

  // Points of the ellipse at two standard deviations.
  function ellipse({ mean, cov: [a, b, c] }, made) {
    const { lower } = recursion.root([[a, b], [b, c]]);
    return Array.from({ length: 73 }, (_, k) => {
      const angle = (2 * Math.PI * k) / 72;
      const [x, y] = recursion.product(lower, [2 * Math.cos(angle), 2 * Math.sin(angle)]);
      return [made.x(mean[0] + x), made.y(mean[1] + y)];
    });
  }

  function ellipses(svg, run, law, at, height) {
    const shapes = actual(run, law);
    const [x, y] = [reach(shapes, 0, 2.3), reach(shapes, 1, 2.3)];
    // One unit is as long across as it is up.
    const width = Math.max(260, svg.parentElement.clientWidth) - 70;
    const unit = Math.max((x[1] - x[0]) / width, (y[1] - y[0]) / (height - 76));
    const around = ([low, high], pixels) => [(low + high - unit * pixels) / 2, (low + high + unit * pixels) / 2];
    const made = frame(svg, height, {
      x: around(x, width), y: around(y, height - 76), xlabel: "first coordinate", ylabel: "second coordinate", top: 34,
    });
    made.add(path(ellipse(shapes[0], made), { class: "data" }));
    for (let i = 1; i < at; i += 1) {
      const faint = 0.2 + (0.4 * i) / at;
      made.add(path(ellipse(shapes[i], made), { stroke: shade(i, run.last), "stroke-width": 1.2, opacity: faint }));
    }
    const centres = shapes.slice(0, at + 1).map(({ mean }) => [made.x(mean[0]), made.y(mean[1])]);
    made.add(path(centres, { class: "trail" }));
    if (at > 0) made.add(path(ellipse(shapes[at], made), { stroke: shade(at, run.last), "stroke-width": 3.2 }));
    const [cx, cy] = centres[at];
    made.add(element("circle", { cx, cy, r: 4.5, fill: at === 0 ? "var(--soft)" : shade(at, run.last) }));
    legend(made, at, made.width < 480 ? "2 sd; grey: data" : "two standard deviations; grey: the data");
  }

  function span(values, log) {
    const usable = values.filter((v) => Number.isFinite(v) && (log ? v > 0 : true));
    if (usable.length === 0) return log ? [1e-3, 1] : [0, 1];
    const [low, high] = [Math.min(...usable), Math.max(...usable)];
    if (log) return [low / 1.6, Math.max(high, 1.01 * low) * 1.6];
    return [0, high > 0 ? 1.06 * high : 1];
  }

  function drift(svg, run, settings, at, height) {
    const log = settings.axis === "log";
    const shown = [...run.drift, ...run.coherent, ...run.incoherent];
    const made = frame(svg, height, {
      x: [0, Math.max(1, run.last)], y: span(log ? [...shown, ...run.floor] : shown, log), log, whole: true,
      xlabel: "generation", ylabel: "drift D (chi-squared)", left: 74,
    });
    const line = (values, from) =>
      values.map((value, i) => [made.x(i + from), log && value <= 0 ? NaN : made.y(value)]);
    made.add(path(line(run.coherent, 0), { class: "coherent" }));
    made.add(path(line(run.incoherent, 0), { class: "incoherent" }));
    made.add(path(line(run.drift, 0), { class: "drift" }), path(line(run.floor, 1), { class: "floor" }));
    run.drift.forEach((value, i) => {
      if (Number.isNaN(value) || (log && value <= 0)) return;
      if (Number.isFinite(value)) {
        const big = i === at;
        const place = { cx: made.x(i), cy: made.y(value), r: big ? 6.5 : 2.6 };
        made.labels.append(element("circle", { ...place, class: big ? "now" : "point" }));
      }
    });
    const first = run.drift.indexOf(Infinity);
    if (first >= 0) {
      const { box } = made;
      run.drift.forEach((value, i) => {
        if (value !== Infinity) return;
        const [left, right] = [made.x(i - 0.5), made.x(i + 0.5)];
        const tall = { y: box.top, height: box.bottom - box.top };
        made.behind.append(element("rect", { x: left, width: right - left, ...tall, class: "beyond" }));
      });
      const told = run.heavy[first] ? "D = ∞" : "D > 10³⁰⁸";
      const end = first > run.last / 2 ? "end" : "start";
      const x = made.x(first - 0.5) + (end === "end" ? -6 : 6);
      made.labels.append(element("text", { x, y: box.top + 18, class: `infinite ${end}` }, told));
    }
  }

  return { densities, ellipses, drift };
})();
