import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../src/core/errors.js'
import { loadKernels } from '../../src/kernels/index.js'
import type { OnionCells, OnionState } from '../../src/ports/onion-cells.js'
import { Seeded } from './backends.js'
import { Circuit, distance, flipped, goodCells, type Link } from './onion-circuit.js'

const wasm = loadKernels({ backend: 'wasm' }).onion
const fallback = loadKernels({ backend: 'fallback' }).onion
const LINKS = [0, 1, 2] as const

/** Byte positions a slow implementation is tried at: all of L and every 41st of R. */
const some = [...Array(1024).keys()].filter(at => at < 24 || at % 41 === 0 || at === 1023)
const implementations: [string, OnionCells, number[]][] = [
  ['wasm', wasm, [...Array(1024).keys()]],
  ['fallback', fallback, some],
]

const sameCells = (a: Uint8Array[], b: Uint8Array[]): boolean =>
  Buffer.compare(Buffer.concat(a), Buffer.concat(b)) === 0

describe.each(implementations)('%s', (_, onion, positions) => {
  it.each([512, 1024] as const)(
    '[E20] carries cells of %i bytes over three hops and back, batch after batch',
    bytes => {
      const random = new Seeded(60)
      const circuit = new Circuit(onion, 61, {}, bytes)
      for (const count of [1, 2, 3, 4, 5, 17, 64]) {
        const cells = goodCells(random, count, bytes)
        const there = circuit.send(cells)
        expect(there.verdicts).toEqual(new Array(count).fill(1))
        expect(sameCells(there.cells, cells)).toBe(true)
        const back = circuit.answer(cells)
        expect(back.good).toBe(count)
        expect(sameCells(back.cells, cells)).toBe(true)
      }
      circuit.free()
    },
  )

  it('[E20] shows no two links the same bytes, nor the same cell twice alike', () => {
    const seen: Uint8Array[] = []
    const note: Link = cells => (seen.push(...cells), cells)
    const circuit = new Circuit(onion, 62, { 0: note, 1: note, 2: note })
    const cell = goodCells(new Seeded(63), 1)[0]
    circuit.send([cell, cell])
    circuit.answer([cell, cell])
    expect(seen).toHaveLength(12)
    for (const [i, a] of seen.entries()) {
      // Half of 8,192 bits, within six standard deviations.
      for (const b of [cell, ...seen.slice(0, i)]) expect(Math.abs(distance(a, b) - 4096)).toBeLessThan(272)
    }
  })

  it('[§6.26] a cell with a flipped bit, whichever and on whichever link, is not recognised at the end', () => {
    const random = new Seeded(64)
    for (const link of LINKS) {
      for (let first = 0; first < positions.length; first += 64) {
        const flips = positions.slice(first, first + 64)
        const tag: Link = cells => cells.map((cell, i) => flipped(cell, flips[i], i % 8))
        const circuit = new Circuit(onion, 65, { [link]: tag })
        expect(circuit.send(goodCells(random, flips.length)).verdicts).toEqual(new Array(flips.length).fill(0))
        circuit.free()
      }
    }
  })

  it('[§6.26] nor on its way back: the client counts it as bad and gets nothing of it', () => {
    const cell = goodCells(new Seeded(66), 1)
    const tag =
      (at: number): Link =>
      cells =>
        cells.map(one => flipped(one, at, at % 8))
    for (const link of LINKS) {
      for (const at of positions) {
        const circuit = new Circuit(onion, 67 + at, { [link]: tag(at) })
        const { cells, good } = circuit.answer(cell)
        expect(good, `link ${link}, byte ${at}`).toBe(0)
        expect(cells[0]?.every(byte => byte === 0)).toBe(true)
        circuit.free()
      }
    }
  })

  const disorders: [string, Link, number][] = [
    ['dropped', cells => cells.filter((_, i) => i !== 3), 3],
    ['doubled', cells => cells.flatMap((cell, i) => (i === 3 ? [cell, cell] : [cell])), 4],
    ['reordered', ([a, b, c, d, e, ...rest]) => [a, b, c, e, d, ...rest] as Uint8Array[], 3],
    ['replayed', cells => [...cells.slice(0, 5), cells[1], ...cells.slice(6)], 5],
  ]

  it.each(disorders)(
    '[§6.27] a %s cell is noticed at the last hop at the first cell that is out of its place',
    (what, disorder, good) => {
      for (const link of LINKS) {
        const circuit = new Circuit(onion, 68, { [link]: disorder })
        const { verdicts } = circuit.send(goodCells(new Seeded(69), 9))
        // Cells that are in their own places again come out right, but the circuit is over by then.
        const wrong = what === 'reordered' ? [3, 4] : what === 'replayed' ? [5] : [...verdicts.keys()].slice(good)
        expect(verdicts, `link ${link}`).toEqual(verdicts.map((_, i) => (wrong.includes(i) ? 0 : 1)))
        expect(verdicts.indexOf(0)).toBe(good)
        circuit.free()
      }
    },
  )

  it.each(disorders)(
    '[§6.27] a %s cell on its way back ends the circuit: the client takes nothing from there on',
    (_w, disorder, good) => {
      for (const link of LINKS) {
        const circuit = new Circuit(onion, 70, { [link]: disorder })
        const sent = goodCells(new Seeded(71), 9)
        const got = circuit.answer(sent)
        expect(got.good, `link ${link}`).toBe(good)
        expect(got.cells.slice(good).every(cell => cell.every(byte => byte === 0))).toBe(true)
        // Everything before is what was sent; the doubled cell's first copy too.
        expect(sameCells(got.cells.slice(0, good), sent.slice(0, good))).toBe(true)
        expect(() => circuit.answer(sent)).toThrowError(/after it was freed/)
        circuit.free()
      }
    },
  )

  it('[E20] one flipped bit changes half of the bits of a cell, in either direction of the permutation', () => {
    const random = new Seeded(72)
    for (const bytes of [512, 1024] as const) {
      const [middle, sixSigma] = [4 * bytes, 6 * Math.sqrt(2 * bytes)]
      for (const at of some.filter(position => position < bytes)) {
        const key = random.bytes(32)
        const cell = random.bytes(bytes)
        const through = (input: Uint8Array, inverse: boolean): Uint8Array => {
          const out = input.slice()
          if (inverse) onion.wrap(out, 1, [onion.state(key)], bytes)
          else onion.peel(out, 1, [onion.state(key)], undefined, bytes)
          return out
        }
        for (const inverse of [false, true]) {
          const changed = distance(through(cell, inverse), through(flipped(cell, at, at % 8), inverse))
          expect(Math.abs(changed - middle), `byte ${at} of ${bytes}, inverse ${inverse}`).toBeLessThan(sixSigma)
        }
      }
    }
  })

  it('looks at all 128 bits of the zeros', () => {
    for (let bit = 0; bit < 128; bit++) {
      const keys = [1, 2, 3].map(fill => new Uint8Array(32).fill(fill))
      const cell = flipped(new Uint8Array(512), bit >>> 3, bit & 7)
      onion.wrap(
        cell,
        1,
        keys.map(key => onion.state(key)),
        512,
      )
      const verdicts = new Uint8Array(1)
      for (const key of keys) onion.peel(cell, 1, [onion.state(key)], verdicts, 512)
      expect([cell[bit >>> 3], verdicts[0]]).toEqual([1 << (bit & 7), 0])
    }
  })
})

describe.each([
  ['wasm', wasm, fallback],
  ['fallback', fallback, wasm],
] as const)('%s refuses before it changes anything', (_, onion, other) => {
  const key = new Uint8Array(32).fill(1)

  /** Runs a call that must throw, with a good state in it; cells and that state must be as before. */
  function refused(
    code: 'INVALID_ARGUMENT' | 'INTERNAL',
    work: (cells: Uint8Array, good: OnionState) => unknown,
  ): void {
    const cells = new Seeded(80).bytes(65 * 1024)
    const [before, good] = [cells.slice(), onion.state(key)]
    let caught: unknown
    try {
      work(cells, good)
    } catch (error) {
      caught = error
    }
    expect(isHyphaeError(caught, code)).toBe(true)
    expect(Buffer.compare(cells, before)).toBe(0)
    const [a, b] = [new Uint8Array(1024), new Uint8Array(1024)]
    onion.peel(a, 1, [good])
    onion.peel(b, 1, [onion.state(key)])
    expect(a).toEqual(b)
  }

  it('batches above 64 cells, no whole number of them, beyond their array, or of another size', () => {
    const states = (state: OnionState): OnionState[] => new Array<OnionState>(70).fill(state)
    for (const count of [65, -1, 1.5, NaN, Infinity]) {
      refused('INVALID_ARGUMENT', (cells, state) => onion.wrap(cells, count, [state]))
      refused('INVALID_ARGUMENT', (cells, state) => onion.unwrap(cells, count, [state]))
      refused('INVALID_ARGUMENT', (cells, state) => onion.peel(cells, count, states(state)))
    }
    refused('INVALID_ARGUMENT', (cells, state) => onion.wrap(cells.subarray(0, 64 * 1024 - 1), 64, [state]))
    refused('INVALID_ARGUMENT', (cells, state) => onion.unwrap(cells.subarray(0, 64 * 1024 - 1), 64, [state]))
    refused('INVALID_ARGUMENT', (cells, state) => onion.peel(cells.subarray(0, 64 * 1024 - 1), 64, states(state)))
    for (const size of [0, 256, 768, 2048, NaN]) {
      refused('INVALID_ARGUMENT', (cells, state) => onion.wrap(cells, 1, [state], size as 512))
      refused('INVALID_ARGUMENT', (cells, state) => onion.unwrap(cells, 1, [state], size as 512))
      refused('INVALID_ARGUMENT', (cells, state) => onion.peel(cells, 1, [state], undefined, size as 512))
    }
  })

  it('no layers, more than eight, one layer twice, fewer states or verdicts than cells, short keys', () => {
    const nine = Array.from({ length: 9 }, () => onion.state(key))
    for (const call of [onion.wrap.bind(onion), onion.unwrap.bind(onion)]) {
      refused('INVALID_ARGUMENT', cells => call(cells, 1, []))
      refused('INVALID_ARGUMENT', cells => call(cells, 1, nine))
      refused('INVALID_ARGUMENT', (cells, state) => call(cells, 1, [state, nine[0], state]))
    }
    refused('INVALID_ARGUMENT', (cells, state) => onion.peel(cells, 2, [state]))
    refused('INVALID_ARGUMENT', (cells, state) => onion.peel(cells, 2, [state, state], new Uint8Array(1)))
    refused('INVALID_ARGUMENT', () => onion.state(new Uint8Array(31)))
  })

  it('states that were freed, forged, or made by other kernels', () => {
    const freed = onion.state(key)
    freed.free()
    freed.free()
    const real = onion.state(key)
    const forged = [
      other.state(key),
      { free: () => undefined },
      Object.create(real) as OnionState,
      Object.create(Object.getPrototypeOf(real) as object) as OnionState,
      new Proxy(real, {}),
      undefined as unknown as OnionState,
      null as unknown as OnionState,
      7 as unknown as OnionState,
    ]
    for (const [state, code] of [[freed, 'INTERNAL'] as const, ...forged.map(s => [s, 'INVALID_ARGUMENT'] as const)]) {
      refused(code, (cells, good) => onion.wrap(cells, 4, [good, state]))
      refused(code, (cells, good) => onion.unwrap(cells, 4, [state, good]))
      refused(code, (cells, good) => onion.peel(cells, 3, [good, good, state]))
    }
  })

  it('keeps the ratchets of two nodes apart, however their calls mix', () => {
    const [a, b] = [new Circuit(onion, 90), new Circuit(onion, 91)]
    const random = new Seeded(92)
    for (let turn = 0; turn < 5; turn++) {
      for (const circuit of [a, b]) {
        const cells = goodCells(random, 1 + turn)
        expect(sameCells(circuit.send(cells).cells, cells)).toBe(true)
        expect(circuit.answer(cells).good).toBe(1 + turn)
      }
    }
  })

  it('takes a batch of none', () => {
    expect(onion.unwrap(new Uint8Array(0), 0, [onion.state(key)])).toBe(0)
    expect(() => onion.peel(new Uint8Array(0), 0, [])).not.toThrow()
  })
})
