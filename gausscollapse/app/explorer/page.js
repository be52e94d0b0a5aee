"use strict";
// The page: one object of settings; every change computes the run anew, draws it, says it and writes the address.
const page = (() => {
  const byId = (id) => document.getElementById(id);
  const PACE = 420;
  // File names of lectures, and what they are called; the first that fits is linked.
  const LECTURES = [
    [(s) => s.samples > 0, "11-finite-samples-and-real-learners", "Finite samples and real learners"],
    [(s) => s.law === "modes" && s.scale >= 1 && s.noise > 0, "01-what-collapse-looks-like", "What collapse looks like"],
    [(s) => s.law === "modes", "10-stopping-early-melts-modes", "Stopping early melts modes"],
    [(s) => s.fresh === 0 && s.angle === 0 && s.workflow === "replace", "09-how-much-fresh-data", "How much fresh data?"],
    [(s) => s.error > 0 && s.scale === 1 && s.noise === 0, "08-same-size-opposite-fate", "Same size, opposite fate"],
    [() => true, "07-retraining-is-a-filter", "Retraining is a filter"],
  ];

  let settings = state.start();
  let run = null;
  let at = 0;
  let timer = 0;
  let told = 0;

  const law = () => given.laws.find((entry) => entry.key === settings.law);
  const tall = () => (window.innerWidth < 700 ? 260 : 330);

  function pictures() {
    const [stage, height] = [byId("stage"), tall()];
    const side = window.innerWidth < 700 ? 280 : 310;
    if (settings.dimension === 1) draw.densities(stage, run, law(), at, height);
    else draw.ellipses(stage, run, law(), at, height + 40);
    draw.drift(byId("drift"), run, settings, at, side);
    byId("map-words").textContent = map.regimes(byId("map"), run, settings, side);
    describe();
  }

  function describe() {
    const { mean, excess } = run.moments[at];
    const flat = settings.dimension === 1;
    const [value, added] = [run.drift[at], at === 0 ? NaN : run.energy[at - 1]];
    byId("generation").textContent = `${at} of ${run.last}`;
    byId("value-drift").textContent = words.number(value);
    byId("value-energy").textContent = at === 0 ? "–" : words.number(added);
    byId("value-ratio").textContent = Number.isFinite(value / added) ? words.number(value / added) : "–";
    byId("value-mean").textContent = words.number(flat ? mean[0] : Math.hypot(...mean));
    byId("value-variance").textContent = words.number(flat ? 1 + excess[0] : 1 + (excess[0] + excess[2]) / 2);
    byId("name-mean").textContent = flat ? "Mean" : "Mean off by";
    byId("name-variance").textContent = flat ? "Variance" : "Mean variance";
    byId("stage").setAttribute(
      "aria-label",
      `${flat ? "Densities" : "Ellipses"} of the data and of the models up to generation ${at}. ` +
        `${byId("name-mean").textContent} ${byId("value-mean").textContent}, ` +
        `${byId("name-variance").textContent.toLowerCase()} ${byId("value-variance").textContent}.`,
    );
    byId("drift").setAttribute(
      "aria-label",
      `Drift over the generations: ${words.number(value)} at generation ${at}, between 0 and ` +
        `${words.number(run.coherent[at])} for aligned errors; ${words.number(run.incoherent[at])} for orthogonal ones.`,
    );
    byId("at").value = at;
    byId("at").setAttribute("aria-valuetext", `generation ${at} of ${run.last}, drift ${words.number(value)}`);
  }

  function table() {
    const rows = run.drift.map((value, i) => {
      const row = document.createElement("tr");
      const cells = [i, value, run.energy[i - 1], run.coherent[i], run.incoherent[i], run.floor[i - 1]];
      for (const cell of cells) {
        const item = document.createElement("td");
        item.textContent = cell === undefined ? "–" : words.number(cell);
        row.append(item);
      }
      return row;
    });
    byId("numbers").replaceChildren(...rows);
  }

  // The sentence is read aloud, so it waits until the controls rest.
  function say() {
    const text = words.sentence(settings, run);
    byId("sentence").textContent = text;
    window.clearTimeout(told);
    told = window.setTimeout(() => { byId("spoken").textContent = text; }, 600);
  }

  function lecture() {
    const link = byId("lecture");
    if (link === null) return;
    link.dataset.base ??= link.getAttribute("href");
    const [, name, title] = LECTURES.find(([fits]) => fits(settings));
    link.textContent = `Lecture ${parseInt(name, 10)}: ${title}`;
    link.href = `${link.dataset.base}${name}.html`;
  }

  function file() {
    const refused = scenario.refusal(settings);
    byId("copy").disabled = refused !== "";
    byId("copied").textContent = refused;
    byId("scenario").textContent = refused === "" ? scenario.text(settings, law(), run) : "";
    byId("scenario-file").hidden = refused !== "";
  }

  function compute() {
    run = recursion.run(settings, law());
    at = Math.min(at, run.last);
    byId("at").max = run.last;
    byId("frame").textContent = settings.law === "correlated" ? "Mean and variance are relative to the data's." : "";
    byId("floor-words").textContent =
      settings.workflow === "replace" ? "floor: no two in a row below" : "floor: not all so far below";
    controls.show(settings, given.laws, given.presets);
    table();
    say();
    lecture();
    file();
    pictures();
  }

  function change(difference) {
    stop();
    const next = { ...settings, ...difference };
    if (difference.law !== undefined) {
      const chosen = given.laws.find((entry) => entry.key === difference.law);
      if (!chosen.dimensions.includes(next.dimension)) [next.dimension] = chosen.dimensions;
    }
    settings = state.fitting(next, given.laws);
    at = Infinity;
    compute();
    window.history.replaceState(null, "", state.written(settings) || window.location.pathname);
  }

  function go(generation) {
    at = Math.max(0, Math.min(run.last, generation));
    pictures();
  }

  function stop() {
    window.clearInterval(timer);
    timer = 0;
    byId("play").textContent = "▶ Play";
  }

  function play() {
    if (timer !== 0) {
      stop();
      return;
    }
    if (at >= run.last) go(0);
    byId("play").textContent = "❚❚ Pause";
    timer = window.setInterval(() => {
      if (at >= run.last) stop();
      else go(at + 1);
    }, Math.max(120, Math.min(PACE, 12000 / Math.max(1, run.last))));
  }

  async function copy() {
    const text = byId("scenario").textContent;
    try {
      await navigator.clipboard.writeText(text);
      byId("copied").textContent = "Copied. Save it and run: gausscollapse simulate FILE.toml";
    } catch {
      byId("scenario-file").open = true;
      window.getSelection().selectAllChildren(byId("scenario"));
      byId("copied").textContent = "Selected below: copy it with the keyboard.";
    }
  }

  // Arrows and the space bar step and play, unless a control has the focus that uses them itself.
  function key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, button, summary, a")) return;
    const actions = { " ": play, ArrowRight: () => step(1), ArrowLeft: () => step(-1), Home: () => go(0), End: () => go(run.last) };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  function step(by) {
    stop();
    go(at + by);
  }

  function begin() {
    const holders = { preset: byId("preset"), sliders: byId("sliders"), choices: byId("choices"), axis: byId("axis-holder") };
    controls.build(holders, given.laws, given.presets, change);
    byId("play").addEventListener("click", play);
    byId("back").addEventListener("click", () => step(-1));
    byId("forward").addEventListener("click", () => step(1));
    byId("at").addEventListener("input", () => { stop(); go(Number(byId("at").value)); });
    byId("copy").addEventListener("click", copy);
    byId("redraw").addEventListener("click", () => change({ seed: (settings.seed % state.SEED.high) + 1 }));
    byId("reset").addEventListener("click", () => change(state.start()));
    document.addEventListener("keydown", key);
    window.addEventListener("hashchange", arrive);
    let width = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth === width) return;
      width = window.innerWidth;
      pictures();
    });
    arrive();
  }

  function arrive() {
    stop();
    settings = state.read(window.location.hash, given.laws);
    at = Infinity;
    compute();
  }

  return { begin };
})();
page.begin();
