// Makes onion.json: ratchet, wide block and a circuit of three hops, put together from docs/protocol.md §10 with plain noble
// and nothing of src/. Run: node test/vectors/make-onion.mjs
import { xchacha20 } from '@noble/ciphers/chacha.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { writeFileSync } from 'node:fs'

const hex = bytes => Buffer.from(bytes).toString('hex')
const pattern = length => Uint8Array.from({ length }, (_, i) => i % 251)
const join = (...parts) => Uint8Array.from(Buffer.concat(parts))
const xor = (a, b) => a.map((byte, i) => byte ^ b[i])

function step({ chainKey, counter }) {
  const number = new Uint8Array(8)
  new DataView(number.buffer).setBigUint64(0, BigInt(counter), true)
  const output = blake3(number, { key: chainKey, dkLen: 160 })
  const [next, k1, k2, k3, k4] = [0, 32, 64, 96, 128].map(at => output.slice(at, at + 32))
  return { k1, k2, k3, k4, state: { chainKey: next, counter: counter + 1 } }
}

function permute(cell, { k1, k2, k3, k4 }) {
  let [head, body] = [cell.slice(0, 24), cell.slice(24)]
  body = xchacha20(k1, head, body)
  head = xor(head, blake3(body, { key: k2 }))
  body = xchacha20(k3, head, body)
  head = xor(head, blake3(body, { key: k4 }))
  return join(head, body)
}

function invert(cell, { k1, k2, k3, k4 }) {
  let [head, body] = [cell.slice(0, 24), cell.slice(24)]
  head = xor(head, blake3(body, { key: k4 }))
  body = xchacha20(k3, head, body)
  head = xor(head, blake3(body, { key: k2 }))
  body = xchacha20(k1, head, body)
  return join(head, body)
}

const start = fill => ({ chainKey: new Uint8Array(32).fill(fill), counter: 0 })

function ratchet() {
  const steps = []
  let state = { chainKey: pattern(32), counter: 0 }
  for (let i = 0; i < 3; i++) {
    const { state: next, ...keys } = step(state)
    steps.push({ counter: state.counter, ...Object.fromEntries(Object.entries(keys).map(([k, v]) => [k, hex(v)])) })
    steps[i].chainKey = hex(next.chainKey)
    state = next
  }
  return { chainKey: hex(pattern(32)), steps }
}

const wideBlock = [512, 1024].map(bytes => {
  const cell = pattern(bytes)
  const keys = step({ chainKey: pattern(32), counter: 0 })
  return { bytes, cell: hex(cell), permuted: hex(permute(cell, keys)), inverted: hex(invert(cell, keys)) }
})

/** Two cells on their way through three hops: how each looks on each link. */
function circuit(bytes) {
  const cells = [0, 1].map(i => {
    const data = pattern(bytes - 24 - 100 * i)
    const head = [...new Array(16).fill(0), 2, 0, data.length >> 8, data.length & 255, 0, 0, 0, 7 + i]
    return join(Uint8Array.from(head), data, new Uint8Array(100 * i))
  })
  const run = (states, passes) =>
    cells.map(cell => {
      const keys = states.map((state, hop) => {
        const { state: next, ...own } = step(state)
        states[hop] = next
        return own
      })
      return { cell: hex(cell), links: passes(cell, keys).map(hex) }
    })
  const wrapped = (cell, keys) => [...keys].reverse().reduce(invert, cell)
  const forward = run([start(1), start(2), start(3)], (cell, keys) => {
    const links = [wrapped(cell, keys)]
    for (const key of keys.slice(0, 2)) links.push(permute(links.at(-1), key))
    return links
  })
  const backward = run([start(4), start(5), start(6)], (cell, keys) => {
    const links = [permute(cell, keys[2])]
    for (const key of [keys[1], keys[0]]) links.push(permute(links.at(-1), key))
    return links
  })
  const keys = fills => fills.map(fill => hex(start(fill).chainKey))
  return { bytes, forwardKeys: keys([1, 2, 3]), backwardKeys: keys([4, 5, 6]), forward, backward }
}

const vectors = { ratchet: ratchet(), wideBlock, circuits: [512, 1024].map(circuit) }
writeFileSync(new URL('onion.json', import.meta.url), `${JSON.stringify(vectors, null, 1)}\n`)
