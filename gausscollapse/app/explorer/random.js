"use strict";
// A seeded generator: the same seed is the same run on every machine.
const random = (() => {
  // mulberry32: uniform numbers in [0, 1).
  function uniform(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  }

  // Box-Muller, two independent standard normal numbers; 1 - u is never 0.
  function normalPair(draw) {
    const radius = Math.sqrt(-2 * Math.log(1 - draw()));
    const angle = 2 * Math.PI * draw();
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }

  return { uniform, normalPair };
})();
