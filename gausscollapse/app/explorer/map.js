"use strict";
// The regime map: long-run drift over innovation energy, by fresh fraction and correlation of the innovations.
const map = (() => {
  const LEAST_FRESH = 0.05;
  const LEVELS = [0.5, 1, 2, 5, 20, 100];
  // Viridis at seven places.
  const COLOURS = [[68, 1, 84], [68, 57, 131], [49, 104, 142], [33, 145, 140], [53, 183, 121], [144, 215, 67], [253, 231, 37]];
  const [LOW, HIGH] = [Math.log10(0.25), Math.log10(400)];

  function colour(ratio) {
    const place = Math.min(1, Math.max(0, (Math.log10(ratio) - LOW) / (HIGH - LOW))) * (COLOURS.length - 1);
    const k = Math.min(Math.floor(place), COLOURS.length - 2);
    return COLOURS[k].map((low, c) => Math.round(low + (place - k) * (COLOURS[k + 1][c] - low)));
  }

  let picture = "";

  // The map as an image; it is the same for all settings.
  function image() {
    if (picture !== "") return picture;
    const [width, height] = [191, 161];
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    const pixels = context.createImageData(width, height);
    for (let row = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) {
        const fresh = LEAST_FRESH + ((1 - LEAST_FRESH) * (column + 0.5)) / width;
        const rho = 1 - (2 * (row + 0.5)) / height;
        pixels.data.set([...colour(bounds.longRun(fresh, rho)), 255], 4 * (row * width + column));
      }
    }
    context.putImageData(pixels, 0, 0);
    picture = canvas.toDataURL("image/png");
    return picture;
  }

  function contours(made) {
    for (const ratio of LEVELS) {
      const points = [];
      for (let k = 0; k <= 200; k += 1) {
        const fresh = LEAST_FRESH + ((0.999 - LEAST_FRESH) * k) / 200;
        const rho = bounds.correlationOf(fresh, ratio);
        if (Math.abs(rho) <= 1) points.push([made.x(fresh), made.y(rho)]);
      }
      made.add(chart.path(points, { class: "contour" }));
      if (points.length < 30) continue;
      const [px, py] = points[Math.floor(points.length * 0.45)];
      made.add(chart.element("text", { x: px, y: py - 4, class: "level middle" }, String(ratio)));
    }
  }

  // Draw the map, and the run on it; returns what it says in words.
  function regimes(svg, run, settings, height) {
    const made = chart.frame(svg, height, {
      x: [LEAST_FRESH, 1], y: [-1, 1], xlabel: "fresh fraction α", ylabel: "correlation ρ of innovations", left: 62, plain: true,
    });
    const { box } = made;
    made.behind.append(chart.element("image", {
      href: image(), x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top,
      preserveAspectRatio: "none",
    }));
    contours(made);
    const ratio = run.drift[run.last] / run.energy[run.last - 1];
    const applies = settings.workflow === "replace" && Number.isFinite(run.correlation) && Number.isFinite(ratio);
    svg.classList.toggle("away", !applies);
    if (settings.workflow === "accumulate") return "The map is about replacement; with all data kept it does not apply.";
    if (!Number.isFinite(run.drift[run.last])) return "The map is about finite drift; this run's is not.";
    if (!applies) return "This run has no two innovations with a correlation.";
    const inside = settings.fresh >= LEAST_FRESH;
    const [cx, cy] = [made.x(Math.max(LEAST_FRESH, settings.fresh)), made.y(run.correlation)];
    svg.append(chart.element("circle", { cx, cy, r: 8, class: inside ? "here" : "here outside" }));
    const rho = words.correlation(run.correlation);
    if (settings.fresh === 0) return `ρ = ${rho}. Without fresh data there is no long run: the run is beyond the left edge.`;
    const told = `α = ${+settings.fresh.toPrecision(3)}, ρ = ${rho}: the map says D/J = ${words.number(bounds.longRun(settings.fresh, run.correlation))}`;
    return `${told}, this run has ${words.number(ratio)} so far.`;
  }

  return { regimes };
})();
