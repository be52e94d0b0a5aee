"use strict";
// The controls as elements: built from the tables of state.js, set from settings, and read one at a time.
const controls = (() => {
  const made = (name, attributes = {}, text = "") => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };

  function slider(item, change) {
    const row = made("div", { class: "control", id: `row-${item.key}` });
    const label = made("label", { for: item.key }, item.label);
    const output = made("output", { for: item.key, id: `${item.key}-value` });
    const input = made("input", {
      type: "range", id: item.key, min: item.low, max: item.high, step: item.step, "aria-describedby": `${item.key}-help`,
    });
    input.addEventListener("input", () => change({ [item.key]: Number(input.value) }));
    row.append(label, output, input, made("p", { class: "help", id: `${item.key}-help` }, item.help));
    return row;
  }

  function choice(item, change) {
    const row = made("div", { class: "control", id: `row-${item.key}` });
    const select = made("select", { id: item.key });
    for (const [value, text] of item.options) select.append(made("option", { value }, text));
    select.addEventListener("change", () => {
      const [value] = item.options.find(([known]) => String(known) === select.value);
      change({ [item.key]: value });
    });
    row.append(made("label", { for: item.key }, item.label), select);
    return row;
  }

  // Build all of them; `change` is told what was changed.
  function build(holders, laws, presets, change) {
    const byLaw = state.CHOICES.find(({ key }) => key === "law");
    byLaw.options = laws.map((law) => [law.key, law.label]);
    const select = holders.preset;
    for (const name of Object.keys(presets)) select.append(made("option", { value: name }, name));
    select.addEventListener("change", () => {
      if (select.value !== "") change({ ...state.start(), ...presets[select.value] });
    });
    holders.sliders.append(...state.NUMBERS.map((item) => slider(item, change)));
    holders.choices.append(
      ...state.CHOICES.filter(({ key }) => key !== "axis").map((item) => choice(item, change)),
    );
    holders.axis.append(choice(state.CHOICES.find(({ key }) => key === "axis"), change));
  }

  const byId = (id) => document.getElementById(id);

  // The preset that settings are, if they are one.
  function presetOf(settings, presets) {
    const found = Object.keys(presets).find((name) => {
      const whole = { ...state.start(), ...presets[name], axis: settings.axis, seed: settings.seed };
      return Object.keys(whole).every((key) => whole[key] === settings[key]);
    });
    return found ?? "";
  }

  function show(settings, laws, presets) {
    for (const item of state.NUMBERS) {
      const shown = item.shown(settings[item.key]);
      byId(item.key).value = settings[item.key];
      byId(item.key).setAttribute("aria-valuetext", shown);
      byId(`${item.key}-value`).textContent = shown;
      byId(`row-${item.key}`).hidden = item.dimension === 2 && settings.dimension === 1;
    }
    for (const { key } of state.CHOICES) byId(key).value = String(settings[key]);
    for (const option of byId("law").options) {
      const law = laws.find((entry) => entry.key === option.value);
      option.disabled = option.hidden = !law.dimensions.includes(settings.dimension);
    }
    byId("fresh").disabled = settings.workflow === "accumulate";
    const chosen = laws.find((law) => law.key === settings.law);
    byId("samples").disabled = chosen.weights.length > 1;
    const drawn = settings.samples > 0 || ![0, 180].includes(settings.angle);
    byId("redraw").hidden = !drawn;
    byId("preset").value = presetOf(settings, presets);
  }

  return { build, show };
})();
