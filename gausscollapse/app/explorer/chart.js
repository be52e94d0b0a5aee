"use strict";
// Axes and marks in SVG, in pixels of the page: letters keep their size on every screen.
const chart = (() => {
  const SPACE = "http://www.w3.org/2000/svg";

  function element(name, attributes = {}, text = "") {
    const made = document.createElementNS(SPACE, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== "") made.textContent = text;
    return made;
  }

  // About `count` round numbers between two ends.
  function ticks(low, high, count) {
    const raw = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= raw);
    const found = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) found.push(k * step);
    return found;
  }

  function powers(low, high, count) {
    const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const stride = Math.max(1, Math.ceil((last - first + 1) / count));
    const found = [];
    for (let k = first; k <= last; k += stride) found.push(10 ** k);
    if (found.length > 1) return found;
    return [1, 2, 5].flatMap((k) => [first - 1, first, last].map((p) => k * 10 ** p))
      .filter((x, i, all) => x >= low && x <= high && all.indexOf(x) === i).sort((x, y) => x - y);
  }

  // An empty frame: scales x and y, and `add` for marks inside of it.
  function frame(svg, height, axes) {
    const width = Math.max(260, svg.parentElement.clientWidth);
    const box = { left: axes.left ?? 58, right: width - (axes.right ?? 12), top: axes.top ?? 10, bottom: height - 42 };
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    const place = (value, [low, high], log) =>
      log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    const x = (value) => box.left + place(value, axes.x, false) * (box.right - box.left);
    const y = (value) => box.bottom - place(value, axes.y, axes.log) * (box.bottom - box.top);
    const clip = `clip-${svg.id}`;
    const defs = element("defs");
    const area = element("clipPath", { id: clip });
    area.append(element("rect", {
      x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top,
    }));
    defs.append(area);
    const behind = element("g", { "clip-path": `url(#${clip})` });
    const marks = element("g", { "clip-path": `url(#${clip})` });
    const labels = element("g");
    svg.append(defs, behind, marks, labels);
    const made = { svg, width, box, x, y, marks, labels, behind, add: (...items) => marks.append(...items) };
    drawAxes(made, axes);
    return made;
  }

  function drawAxes(made, axes) {
    const { box, x, y, labels, behind } = made;
    const across = axes.whole ? ticks(...axes.x, 8).filter(Number.isInteger) : ticks(...axes.x, made.width < 480 ? 5 : 8);
    const text = (value) => String(+value.toPrecision(6)).replace("-", "−");
    for (const value of across) {
      labels.append(element("line", { x1: x(value), x2: x(value), y1: box.bottom, y2: box.bottom + 4, class: "axis" }));
      labels.append(element("text", { x: x(value), y: box.bottom + 18, class: "tick middle" }, text(value)));
    }
    if (!axes.bare) {
      for (const value of axes.log ? powers(...axes.y, 6) : ticks(...axes.y, 5)) {
        const shown = axes.log ? words.number(value) : text(value);
        if (!axes.plain) behind.append(element("line", { x1: box.left, x2: box.right, y1: y(value), y2: y(value), class: "grid" }));
        labels.append(element("text", { x: box.left - 7, y: y(value) + 4, class: "tick end" }, shown));
      }
    }
    labels.append(element("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, class: "axis" }));
    const middle = (box.left + box.right) / 2;
    labels.append(element("text", { x: middle, y: box.bottom + 36, class: "title middle" }, axes.xlabel));
    if (axes.ylabel) {
      const [column, row] = [13, (box.top + box.bottom) / 2];
      const turned = { x: column, y: row, transform: `rotate(-90 ${column} ${row})`, class: "title middle" };
      labels.append(element("text", turned, axes.ylabel));
    }
  }

  // A line through points; it breaks where a value is not finite.
  function path(points, attributes) {
    let open = false;
    const steps = [];
    for (const [px, py] of points) {
      if (!Number.isFinite(px) || !Number.isFinite(py)) open = false;
      else {
        steps.push(`${open ? "L" : "M"}${px.toFixed(2)} ${py.toFixed(2)}`);
        open = true;
      }
    }
    return element("path", { d: steps.join(""), fill: "none", ...attributes });
  }

  return { element, frame, path };
})();
