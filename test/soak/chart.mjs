// The chart of a run: four small panels over time, in colours that suit a light and a dark page.

const WIDTH = 880
const PANEL = 150
const LEFT = 70
const RIGHT = 24
const TOP = 46
const GAP = 46

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-weight: 600 } .faint { fill: #777 }
  .grid { stroke: #ddd } .warm { fill: #8882 } .line { fill: none; stroke-width: 1.8 } .page { fill: #fff }
  .a { stroke: #1769aa } .b { stroke: #b4570e } .ka { fill: #1769aa } .kb { fill: #b4570e }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .faint { fill: #999 } .grid { stroke: #444 } .page { fill: #16181c }
    .a { stroke: #6cb6ff } .b { stroke: #f0a35e } .ka { fill: #6cb6ff } .kb { fill: #f0a35e }
  }`

const escaped = text => String(text).replace(/[&<>]/g, sign => `&#${sign.charCodeAt(0)};`)

/** A round number at or above a value, for the top of an axis. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)))
  return [1, 2, 2.5, 5, 10].map(factor => factor * power).find(top => top >= value)
}

function panel({ title, unit, lines }, samples, index, warmUntil) {
  const top = TOP + index * (PANEL + GAP)
  const end = samples.at(-1).minute || 1
  const most = roundUp(Math.max(1e-9, ...lines.flatMap(({ key }) => samples.map(sample => sample[key]))))
  const x = minute => LEFT + (minute / end) * (WIDTH - LEFT - RIGHT)
  const y = value => top + PANEL - (value / most) * PANEL
  const out = [`<rect class="warm" x="${LEFT}" y="${top}" width="${x(warmUntil) - LEFT}" height="${PANEL}"/>`]
  for (const part of [0, 0.5, 1]) {
    const at = y(part * most)
    out.push(`<path class="grid" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/>`)
    out.push(
      `<text class="faint" x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${+(part * most).toPrecision(3)}</text>`,
    )
  }
  for (let minute = 0; minute <= end; minute += end > 4 ? Math.ceil(end / 10) : end / 4) {
    const text = +minute.toFixed(2)
    out.push(`<text class="faint" x="${x(minute)}" y="${top + PANEL + 16}" text-anchor="middle">${text} min</text>`)
  }
  let keyAt = LEFT
  out.push(`<text class="title" x="${LEFT}" y="${top - 8}">${escaped(title)}, ${escaped(unit)}</text>`)
  keyAt += 8 * (title.length + unit.length + 4)
  lines.forEach(({ key, name }, i) => {
    const colour = 'ab'[i]
    const path = samples.map(
      (sample, n) => `${n === 0 ? 'M' : 'L'}${x(sample.minute).toFixed(1)} ${y(sample[key]).toFixed(1)}`,
    )
    out.push(`<path class="line ${colour}" d="${path.join('')}"/>`)
    out.push(`<text class="k${colour}" x="${keyAt}" y="${top - 8}">${escaped(name)}</text>`)
    keyAt += 8 * name.length + 16
  })
  return out.join('\n')
}

/** The chart as SVG; `samples` have `minute`, `heap`, `external`, `rss` (MiB), `handles`, `sessions`, `p50`, `p99` (ms). */
export function chart(samples, title, warmUp) {
  const panels = [
    {
      title: 'Memory',
      unit: 'MiB',
      lines: [
        { key: 'heap', name: 'heap' },
        { key: 'external', name: 'external' },
      ],
    },
    { title: 'Resident', unit: 'MiB', lines: [{ key: 'rss', name: 'both processes' }] },
    {
      title: 'Handles',
      unit: 'number',
      lines: [
        { key: 'handles', name: 'handles' },
        { key: 'sessions', name: 'sessions' },
      ],
    },
    {
      title: 'Requests',
      unit: 'ms',
      lines: [
        { key: 'p50', name: 'p50' },
        { key: 'p99', name: 'p99' },
      ],
    },
  ]
  const height = TOP + panels.length * (PANEL + GAP)
  const warmUntil = samples.at(-1).minute * warmUp
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
<text class="title" x="${LEFT}" y="18">${escaped(title)}</text>
${panels.map((one, index) => panel(one, samples, index, warmUntil)).join('\n')}
</svg>
`
}
