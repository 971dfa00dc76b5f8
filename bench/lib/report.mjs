// What every suite says: one shape of result, as a table for people and as a line of JSON for programs.
import { applicable, goalText, judge } from './goals.mjs'

/** Units in which less is better; all others are rates. */
const TIMES = new Set(['ns', 'µs', 'ms', 's', 'B', 'KiB'])

export const isLessBetter = unit => TIMES.has(unit)

/**
 * One row of a suite.
 *
 * @param {{ suite: string, row: string, unit: string, goal?: import('./goals.mjs').Goal }} definition
 * @param {Record<string, number>} values by name, in `unit`; ours under `hyphae`
 * @returns {{ suite: string, row: string, unit: string, hyphae: number, peers: Record<string, number>,
 *   ratios: Record<string, number>, goal: import('./goals.mjs').Goal | null, met: boolean | null }} `ratios` say how many
 *   times as good hyphae is as each peer, whichever way the unit goes: above 1 it is ahead. `met` is null without a goal
 */
export function resultOf({ suite, row, unit, goal }, values) {
  const { hyphae, ...peers } = values
  const isLess = isLessBetter(unit)
  const ratios = Object.fromEntries(
    Object.entries(peers).map(([name, value]) => [name, rounded(isLess ? value / hyphae : hyphae / value)]),
  )
  const result = { suite, row, unit, hyphae: rounded(hyphae), peers: map(peers, rounded), ratios, goal: goal ?? null }
  return { ...result, met: judge(result.goal, { value: hyphae, ratios, isLess }) }
}

const map = (object, change) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))

/** Four digits are more than a measurement is worth. */
const rounded = value => Number(value.toPrecision(4))

/** A value for people: three digits, thousands apart. */
export function show(value) {
  if (value === undefined || value === null) return '–'
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value < 0.1 ? 3 : 2)
}

/** How many times as good, for people. */
export const showRatio = ratio => `${ratio >= 100 ? ratio.toFixed(0) : ratio.toFixed(ratio < 10 ? 2 : 1)} ×`

/** Whether a goal is met, in one word. */
export const verdict = met => (met === null ? '–' : met ? 'met' : 'MISSED')

/** The goal of a result for people, as far as its peers were there. */
export const aimOf = ({ goal, unit, peers }) => goalText(applicable(goal, Object.keys(peers)), unit, isLessBetter(unit))

/** Results as lines of JSON, one object a line. */
export const jsonLines = results => results.map(result => JSON.stringify(result)).join('\n')

/**
 * Results as an aligned table: a column a peer, with its value and how many times as good hyphae is.
 *
 * @param {ReturnType<typeof resultOf>[]} results
 */
export function tableOf(results) {
  const peers = [...new Set(results.flatMap(result => Object.keys(result.peers)))]
  const head = ['row', 'unit', 'hyphae', 'goal', 'verdict', ...peers]
  const lines = results.map(result => [
    result.row,
    result.unit,
    show(result.hyphae),
    aimOf(result),
    verdict(result.met),
    ...peers.map(peer =>
      result.peers[peer] === undefined ? '–' : `${show(result.peers[peer])} (${showRatio(result.ratios[peer])})`,
    ),
  ])
  return aligned([head, ...lines])
}

/** Rows of cells as text: the first columns to the left, all others to the right. */
export function aligned(rows, left = 2) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)))
  const line = row =>
    row
      .map((cell, i) => (i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd()
  return [line(rows[0]), widths.map(width => '─'.repeat(width)).join('  '), ...rows.slice(1).map(line)].join('\n')
}
