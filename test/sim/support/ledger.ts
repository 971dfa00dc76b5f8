import type { SendRecord, SimNode } from '../../../src/sim/index.js'

/** What became of messages whose bodies are the numbers from 0 on, in the order in which they were sent. */
export interface Ledger {
  /** Runs of numbers, as `4 12–17`. */
  readonly missing: string
  readonly doubled: string
  readonly overtaken: string
  /** Why messages failed, each reason once. */
  readonly failed: readonly string[]
  readonly unfinished: number
}

/** All arrived, once and in order, and their sender knows it. */
export const ALL_WELL: Ledger = { missing: '', doubled: '', overtaken: '', failed: [], unfinished: 0 }

/** Reads the messages that arrived at a node. */
export function ledger(node: SimNode, count: number, records: readonly SendRecord[] = []): Ledger {
  const seen = new Int32Array(count)
  const overtaken: number[] = []
  let last = -1
  for (const { body } of node.received) {
    const number = Number(String.fromCharCode(...body))
    seen[number] = seen[number] + 1
    if (number < last && seen[number] === 1) overtaken.push(number)
    last = Math.max(last, number)
  }
  const all = [...seen.keys()]
  return {
    missing: runs(all.filter(number => seen[number] === 0)),
    doubled: runs(all.filter(number => seen[number] > 1)),
    overtaken: runs(overtaken),
    failed: [...new Set(records.flatMap(({ failure }) => (failure ? [`${failure.code}: ${failure.text}`] : [])))],
    unfinished: records.filter(({ status }) => status !== 'acknowledged' && status !== 'failed').length,
  }
}

function runs(numbers: readonly number[]): string {
  const out: string[] = []
  for (let i = 0; i < numbers.length;) {
    let j = i
    while (numbers[j + 1] === numbers[j] + 1) j++
    out.push(i === j ? `${numbers[i]}` : `${numbers[i]}–${numbers[j]}`)
    i = j + 1
  }
  return out.join(' ')
}
