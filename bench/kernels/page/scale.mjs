// Where values lie on the axis of a row's chart.

/** From this ratio of the largest to the smallest value on, a linear bar of the smallest could not be told from none. */
const LOG_FROM = 12

/**
 * The axis of a row: linear from zero, or logarithmic between powers of ten where the values are far apart.
 *
 * @param {number[]} values all above zero, the goal among them
 * @returns {{ isLog: boolean, at(value: number): number, ticks: { value: number, at: number }[] }} `at` gives 0 to 1
 */
export function scaleOf(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return most / least >= LOG_FROM ? logScale(least, most) : linearScale(most)
}

function linearScale(most) {
  const step = niceStep(most / 4)
  const end = Math.ceil((most * 1.02) / step) * step
  const at = value => value / end
  const count = Math.round(end / step)
  return {
    isLog: false,
    at,
    ticks: ticksAt(
      Array.from({ length: count + 1 }, (_, i) => i * step),
      at,
    ),
  }
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * [1, 2, 5, 10].find(step => step * power >= least * 0.999)
}

function logScale(least, most) {
  // A little room, so that the smallest bar has a length.
  const from = Math.floor(Math.log10(least * 0.7))
  const to = Math.max(Math.log10(most * 1.1), from + 1)
  const at = value => (Math.log10(value) - from) / (to - from)
  const powers = Array.from({ length: Math.floor(to) - from + 1 }, (_, i) => 10 ** (from + i))
  return { isLog: true, at, ticks: ticksAt(powers, at) }
}

const ticksAt = (values, at) => values.map(value => ({ value: Number(value.toPrecision(6)), at: at(value) }))
