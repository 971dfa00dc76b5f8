// Results as HTML: bars for the eye and a table for everybody. The page that measures and the report share it; it runs in
// browsers and in Node and answers text.
import { aimOf, isLessBetter, show, showRatio } from '../../lib/report.mjs'
import { scaleOf } from './scale.mjs'

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text that may stand in HTML. */
export const escape = text => String(text).replace(/[&<>"']/g, sign => ENTITIES[sign])

const percent = fraction => `${(Math.max(0, Math.min(1, fraction)) * 100).toFixed(2)}%`

/** The state of a goal as a class and as a word: never by colour alone. */
const STATES = new Map([
  [true, { kind: 'met', word: '✓ met' }],
  [false, { kind: 'missed', word: '✗ missed' }],
  [null, { kind: 'open', word: 'no goal' }],
])

export function badge(result) {
  const { kind, word } = STATES.get(result.met)
  return `<span class="badge ${kind}">${word}</span>`
}

/** One row as a chart: hyphae first, then the peers from best to worst. */
export function chart(result) {
  const { row, unit, hyphae, peers, ratios, goal } = result
  const isLess = isLessBetter(unit)
  const others = Object.entries(peers).sort(([, a], [, b]) => (isLess ? a - b : b - a))
  const scale = scaleOf([hyphae, ...Object.values(peers), ...(goal?.limit === undefined ? [] : [goal.limit])])
  const bars = [bar('hyphae', hyphae, '', scale, 'ours'), ...others.map(peerBar)].join('')
  const spoken = [`hyphae ${show(hyphae)} ${unit}`, ...others.map(([name, value]) => `${name} ${show(value)} ${unit}`)]
  return `<figure class="chart">
<figcaption><span class="title">${escape(row)}</span> ${badge(result)}
<span class="aim">${escape(result.met === null ? '' : `goal ${aimOf(result)}`)}</span></figcaption>
<div class="plot" role="img" aria-label="${escape(`${row}: ${spoken.join(', ')}`)}">
${bars}${axis(scale, goal?.limit)}
</div>
<p class="unit">${escape(unit)}, ${isLess ? 'shorter' : 'longer'} is better${scale.isLog ? ' · logarithmic' : ''}</p>
</figure>`

  function peerBar([name, value]) {
    const kind = ratios[name] < 1 ? 'ahead' : 'peer'
    return bar(name, value, showRatio(ratios[name]), scale, kind)
  }
}

const bar = (name, value, ratio, scale, kind) => `<div class="bar ${kind}"><span class="name">${escape(name)}</span>
<span class="track"><span class="fill" style="width:${percent(scale.at(value))}"></span></span>
<span class="value">${show(value)}</span><span class="ratio">${ratio}</span></div>
`

/** Grid lines behind the bars, their labels below them, and the goal as a line across all bars. */
function axis(scale, limit) {
  const lines = scale.ticks.map(({ at }) => `<i class="line" style="left:${percent(at)}"></i>`)
  const labels = scale.ticks.map(({ value, at }) => `<b style="left:${percent(at)}">${value.toLocaleString('en')}</b>`)
  const goal = limit === undefined ? '' : `<i class="goal" style="left:${percent(scale.at(limit))}"></i>`
  return `<div class="grid">${lines.join('')}${goal}</div><div class="ticks"><span>${labels.join('')}</span></div>`
}

/** Results by their group, in the order they came. */
export function groupsOf(results) {
  const groups = new Map()
  for (const result of results) groups.set(result.group, [...(groups.get(result.group) ?? []), result])
  return groups
}

/** The charts of a runtime, under a heading a group. */
export const charts = results =>
  [...groupsOf(results)]
    .map(([group, rows]) => `<h3>${escape(group)}</h3><div class="charts">${rows.map(chart).join('\n')}</div>`)
    .join('\n')

/** The same as a table, for screen readers, for copying, and for whoever prefers figures. */
export function table(results, caption) {
  const lines = results.map(result => {
    const { row, unit, hyphae, peers, ratios } = result
    const others = Object.entries(peers).map(
      ([name, value]) => `<li>${escape(name)} ${show(value)} <small>${showRatio(ratios[name])}</small></li>`,
    )
    return `<tr><th scope="row">${escape(row)}</th><td>${escape(unit)}</td><td class="number">${show(hyphae)}</td>
<td>${escape(aimOf(result))}</td><td>${badge(result)}</td><td><ul>${others.join('')}</ul></td></tr>`
  })
  return `<table><caption>${escape(caption)}</caption><thead><tr><th scope="col">row</th><th scope="col">unit</th>
<th scope="col">hyphae</th><th scope="col">goal</th><th scope="col">state</th>
<th scope="col">peers, and how many times as good hyphae is</th></tr></thead><tbody>
${lines.join('\n')}
</tbody></table>`
}

/** What a runtime lacked, in words: peers that could not be loaded, and who could not do a row. */
export const absences = ({ missing, troubles = [] }) => [
  ...missing.map(({ name, reason }) => `${name} is not there: ${reason}`),
  ...troubles.map(({ row, name, reason }) => `${row} without ${name}: ${reason}`),
]

/** The colours of the bars, said once. */
export const legend = `<p class="legend"><span class="key ours"></span>hyphae <span class="key peer"></span>peer
<span class="key ahead"></span>peer that is ahead of hyphae <span class="key goal"></span>goal
<span class="note">“4.0 ×”: hyphae is four times as good as that peer</span></p>`
