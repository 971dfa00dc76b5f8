import { describe, expect, it } from 'vitest'
import { concat } from '../../src/core/bytes.js'
import { fromHex, toHex } from '../../src/core/text.js'
import { RatchetState } from '../../src/kernels/onion-state.js'
import { ONION_SELF_TEST_DIGEST, onionSelfTestDigest, passesOnionSelfTest } from '../../src/kernels/selftest-onion.js'
import type { OnionCells } from '../../src/ports/onion-cells.js'
import type { CellBytes } from '../../src/wire/cells.js'
import { backends, vectors } from './backends.js'

interface Way {
  cell: string
  links: string[]
}

interface OnionVectors {
  ratchet: { chainKey: string; steps: Record<'k1' | 'k2' | 'k3' | 'k4' | 'chainKey', string>[] }
  wideBlock: { bytes: CellBytes; cell: string; permuted: string; inverted: string }[]
  circuits: { bytes: CellBytes; forwardKeys: string[]; backwardKeys: string[]; forward: Way[]; backward: Way[] }[]
}

const { ratchet, wideBlock, circuits } = vectors<OnionVectors>('onion.json')

it('the vector file holds what the generator wrote', () => {
  expect(ratchet.steps).toHaveLength(3)
  expect(wideBlock.map(vector => vector.bytes)).toEqual([512, 1024])
  expect(circuits.map(circuit => circuit.forward.length + circuit.backward.length)).toEqual([4, 4])
})

describe('the self-test', () => {
  const { onion } = backends[0]?.[1] ?? {}
  if (onion === undefined) throw new Error('no kernels')

  it('notices a relay that changes a cell, and a client and relays that agree on another cipher', () => {
    const peel: OnionCells['peel'] = (cells, count, states, verdicts, bytes) => {
      onion.peel(cells, count, states, verdicts, bytes)
      cells[700] = cells[700] ^ 1
    }
    const bound = { state: onion.state.bind(onion), unwrap: onion.unwrap.bind(onion) }
    const wrap = onion.wrap.bind(onion)
    expect(onionSelfTestDigest({ ...bound, wrap, peel })).toBe('a cell did not arrive')
    const none: OnionCells = { ...bound, wrap: () => undefined, peel: (_c, _n, _s, verdicts) => void verdicts?.fill(1) }
    expect(passesOnionSelfTest(none)).toBe(false)
    expect(passesOnionSelfTest(onion)).toBe(true)
  })
})

describe.each(backends)('%s', (_, { onion, backends: names }) => {
  it('says who answers, and passes its own self-test', () => {
    expect(['wasm', 'fallback']).toContain(names.onion)
    expect(onionSelfTestDigest(onion)).toBe(ONION_SELF_TEST_DIGEST)
  })

  it('[E20] steps its ratchet as the vectors do', () => {
    const state = onion.state(fromHex(ratchet.chainKey))
    for (const { chainKey } of ratchet.steps) {
      onion.peel(new Uint8Array(1024), 1, [state])
      const words = RatchetState.words(state, onion)
      expect(toHex(new Uint8Array(words.buffer, 0, 32))).toBe(chainKey)
    }
    expect([...RatchetState.words(state, onion).subarray(8)]).toEqual([3, 0, 0, 0])
  })

  it.each(wideBlock)('[E20] permutes and inverts a cell of $bytes bytes as the vectors do', vector => {
    const key = fromHex(ratchet.chainKey)
    const cell = fromHex(vector.cell)
    onion.peel(cell, 1, [onion.state(key)], undefined, vector.bytes)
    expect(toHex(cell)).toBe(vector.permuted)
    onion.wrap(cell, 1, [onion.state(key)], vector.bytes)
    expect(toHex(cell)).toBe(vector.cell)
    onion.wrap(cell, 1, [onion.state(key)], vector.bytes)
    expect(toHex(cell)).toBe(vector.inverted)
  })

  it.each(circuits)('[E20] sends cells of $bytes bytes over three hops as the vectors do', circuit => {
    const { bytes, forward } = circuit
    const states = (keys: string[]) => keys.map(key => onion.state(fromHex(key)))
    const cells = concat(...forward.map(way => fromHex(way.cell)))
    onion.wrap(cells, 2, states(circuit.forwardKeys), bytes)
    const verdicts = new Uint8Array(2)
    for (const [hop, relay] of states(circuit.forwardKeys).entries()) {
      expect(toHex(cells)).toBe(forward.map(way => way.links[hop]).join(''))
      onion.peel(cells, 2, [relay, relay], verdicts, bytes)
      expect([...verdicts]).toEqual(hop === 2 ? [1, 1] : [0, 0])
    }
    expect(toHex(cells)).toBe(forward.map(way => way.cell).join(''))
  })

  it.each(circuits)('[E20] sends cells of $bytes bytes back over three hops as the vectors do', circuit => {
    const { bytes, backward } = circuit
    const states = (keys: string[]) => keys.map(key => onion.state(fromHex(key)))
    const cells = concat(...backward.map(way => fromHex(way.cell)))
    for (const [i, relay] of states(circuit.backwardKeys).reverse().entries()) {
      onion.peel(cells, 2, [relay, relay], undefined, bytes)
      expect(toHex(cells)).toBe(backward.map(way => way.links[i]).join(''))
    }
    expect(onion.unwrap(cells, 2, states(circuit.backwardKeys), bytes)).toBe(2)
    expect(toHex(cells)).toBe(backward.map(way => way.cell).join(''))
  })
})
