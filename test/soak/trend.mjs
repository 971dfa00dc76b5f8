// Whether a measure grows: a straight line through its samples, and how sure its slope is.

/** Part of a run that counts as warm-up: code is compiled, pools and tables fill. */
export const WARM_UP = 0.35
/** Growth over what was measured that is let pass even where the line is sure of it: the noise of collectors. */
const TOLERATED = { heap: 0.12, external: 0.5, rss: 0.15, handles: 0.25 }
/** Shorter runs say nothing of resident memory: an engine takes minutes to settle how much it keeps. */
const RESIDENT_MINUTES = 5
/** The slope must exceed its own error by so much to count: two-sided 99.7 % for independent samples. */
const SURE = 3

/**
 * Least squares.
 * @param points - `[x, y]`
 * @returns slope, its standard error, mean and deviation from the line
 */
export function fit(points) {
  const n = points.length
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n
  const mean = points.reduce((sum, [, y]) => sum + y, 0) / n
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - mean), 0) / spread
  const squares = points.reduce((sum, [x, y]) => sum + (y - mean - slope * (x - meanX)) ** 2, 0)
  const noise = Math.sqrt(squares / Math.max(1, n - 2))
  return { slope, error: noise / Math.sqrt(spread), mean, noise }
}

/** The verdict on each measure: `samples` have `minute` and the measures. */
export function trends(samples) {
  const last = samples.at(-1)?.minute ?? 0
  const warm = samples.filter(({ minute }) => minute >= last * WARM_UP)
  if (warm.length < 4) return []
  const span = warm.at(-1).minute - warm[0].minute
  return Object.entries(TOLERATED).map(([measure, tolerated]) => {
    const { slope, error, mean, noise } = fit(warm.map(sample => [sample.minute, sample[measure]]))
    const isSure = slope > SURE * error
    const isJudged = measure !== 'rss' || last >= RESIDENT_MINUTES
    return { measure, slope, error, noise, mean, grows: isJudged && isSure && slope * span > tolerated * mean }
  })
}
