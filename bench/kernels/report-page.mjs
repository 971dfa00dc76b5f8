import { readFileSync } from 'node:fs'
import { at } from '../../scripts/lib/project.mjs'
import { show, showRatio } from '../lib/report.mjs'
import { absences, badge, charts, escape, legend, table } from './page/charts.mjs'

/**
 * A page that stands alone: all runtimes of a run with their charts and tables, and an overview of all of them.
 *
 * @param {{ name: string, results: object[], missing: { name: string, reason: string }[] }[]} measured by runtime
 * @param {{ machine: string, load: { text: string, warning?: string }, command: string, date: Date }} about
 */
export function reportPage(measured, { machine, load, command, date }) {
  const style = readFileSync(at('bench/kernels/page/style.css'), 'utf8')
  const links = measured.map(({ name }) => `<a href="#${anchor(name)}">${escape(name)}</a>`)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>hyphae kernels</title><style>${style}</style></head><body><main>
<h1>hyphae kernels beside what you would pick instead</h1>
<p class="lead">${escape(machine)}, ${escape(load.text)} at the start, ${date.toISOString().slice(0, 10)}.
Medians of interleaved rounds by <code>${escape(command)}</code>; compare ratios within a row, not figures of different runs.</p>
${load.warning ? `<p class="warning">${escape(load.warning)}</p>` : ''}
<nav>${links.join('')}</nav>
${legend}
${overview(measured)}
${measured.map(section).join('\n')}
</main></body></html>
`
}

const anchor = name => name.toLowerCase().replace(/\W+/g, '-')

/** Rows by runtimes: our value, the state of the goal, and the ratio to the best peer. */
function overview(measured) {
  const names = [...new Set(measured.flatMap(({ results }) => results.map(({ row }) => row)))]
  const lines = names.map(name => {
    const cells = measured.map(({ results }) => cell(results.find(({ row }) => row === name)))
    return `<tr><th scope="row">${escape(name)}</th>${cells.join('')}</tr>`
  })
  const heads = measured.map(({ name }) => `<th scope="col">${escape(name)}</th>`).join('')
  return `<div class="scroll"><table class="overview"><caption>hyphae in each runtime, and how many times as good it is as
the best peer there</caption><thead><tr><th scope="col">row</th>${heads}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`
}

function cell(result) {
  if (result === undefined) return '<td>–</td>'
  const nearest = Object.entries(result.ratios).sort(([, a], [, b]) => a - b)[0]
  const kind = nearest?.[1] < 1 ? ' class="behind"' : ''
  const beside = nearest === undefined ? '' : `<small${kind}>${showRatio(nearest[1])} ${escape(nearest[0])}</small>`
  return `<td><span class="cell">${show(result.hyphae)} ${escape(result.unit)}</span> ${badge(result)}<br>${beside}</td>`
}

function section({ name, results, notes = [], ...lacks }) {
  const absent = absences(lacks)
  return `<section id="${anchor(name)}"><h2>${escape(name)}</h2>
${absent.map(text => `<p class="warning">${escape(text)}</p>`).join('')}
${charts(results)}
${notes.map(note => `<p class="lead">${escape(note)}</p>`).join('')}
<details><summary>${escape(name)} as a table</summary><div class="scroll">${table(results, `${name}, medians`)}</div></details></section>`
}
