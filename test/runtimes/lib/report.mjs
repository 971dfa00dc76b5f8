import { onlyElsewhere } from '../../../scripts/lib/only-elsewhere.mjs'

const HEAD = ['runtime', 'version', 'over', 'passed', 'ms']

const passedOf = steps =>
  steps.map(({ name, ok, note }) => (ok ? `${name}${note ? ` (${note})` : ''}` : `FAILED ${name}`)).join(' · ')

const sumOf = steps => steps.reduce((sum, { ms }) => sum + ms, 0).toFixed(0)

/** The table of everything that ran or did not. */
export function table(outcomes) {
  const rows = outcomes.flatMap(({ name, version, rows, error, notRun }) => {
    if (notRun) return [[name, '', '', 'NOT RUN', '']]
    if (error) return [[name, '', '', 'FAILED', '']]
    return rows.map(({ over, steps }) => [name, version, over, passedOf(steps), sumOf(steps)])
  })
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map(row => row[column].length)))
  const line = row =>
    row.map((cell, column) => (column === 4 ? cell.padStart(widths[4]) : cell.padEnd(widths[column]))).join('  ')
  return [HEAD, ...rows].map(line).join('\n')
}

/** What went wrong in words, and what did not run with the command that would bring it. */
export function details(outcomes) {
  return outcomes.flatMap(({ name, rows = [], error, notRun, bring }) => {
    if (notRun) return [`NOT RUN  ${name}: ${notRun}\n         to run it: ${bring}`]
    if (error) return [`FAILED   ${name}: ${error}`]
    return rows.flatMap(({ over, steps }) =>
      steps.filter(({ ok }) => !ok).map(step => `FAILED   ${name} over ${over}, ${step.name}: ${step.note}`),
    )
  })
}

/** Whether an outcome is a failure. */
export const hasFailed = ({ error, rows = [] }) =>
  Boolean(error) || rows.some(({ steps }) => steps.some(({ ok }) => !ok))

/** Source files that Node cannot run and that no runtime of this run passed with. */
export function unproven(outcomes) {
  const passed = outcomes.filter(outcome => !outcome.notRun && !hasFailed(outcome)).map(({ name }) => name)
  return onlyElsewhere
    .filter(({ by }) => !by.some(name => passed.includes(name)))
    .map(({ path, by }) => `NOT PROVEN  ${path}, which ${by.join(' or ')} would prove`)
}

/** The line that `npm test` repeats in its summary. */
export function summary(outcomes) {
  const notRun = outcomes.filter(outcome => outcome.notRun)
  const failed = outcomes.filter(hasFailed)
  const passed = outcomes.length - notRun.length - failed.length
  const named = list => (list.length === 0 ? '' : ` (${list.map(({ name }) => name).join(', ')})`)
  return `${passed} of ${outcomes.length} runtimes passed, ${failed.length} failed${named(failed)}, ${notRun.length} not run${named(notRun)}`
}
