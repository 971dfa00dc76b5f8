import { createCipheriv } from 'node:crypto'
import { blake3 } from 'hash-wasm'
import { concat } from '../../src/core/bytes.js'
import { fromHex } from '../../src/core/text.js'

/** A ratchet of {@link reference}. */
export interface Ratchet {
  chainKey: Uint8Array
  counter: number
}

type Keys = [Uint8Array, Uint8Array, Uint8Array, Uint8Array]

const keyed = async (key: Uint8Array, input: Uint8Array, bytes: number): Promise<Uint8Array> =>
  fromHex(await blake3(input, 8 * bytes, key))

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

/** draft-irtf-cfrg-xchacha §2.2, word by word. */
function hchacha20(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const input = new DataView(concat(new TextEncoder().encode('expand 32-byte k'), key, nonce.subarray(0, 16)).buffer)
  const s = Int32Array.from({ length: 16 }, (_, i) => input.getInt32(4 * i, true))
  const quarter = (a: number, b: number, c: number, d: number): void => {
    for (const [first, second] of [
      [16, 12],
      [8, 7],
    ] as const) {
      s[a] = s[a] + s[b]
      s[d] = rotate(s[d] ^ s[a], first)
      s[c] = s[c] + s[d]
      s[b] = rotate(s[b] ^ s[c], second)
    }
  }
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 4; i++) quarter(i, 4 + i, 8 + i, 12 + i)
    for (let i = 0; i < 4; i++) quarter(i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4))
  }
  const out = new DataView(new ArrayBuffer(32))
  for (let i = 0; i < 4; i++) {
    out.setInt32(4 * i, s[i], true)
    out.setInt32(16 + 4 * i, s[12 + i], true)
  }
  return new Uint8Array(out.buffer)
}

/** XChaCha20 on OpenSSL's ChaCha20, whose vector is counter 4 ‖ nonce 12. */
function xchacha20(key: Uint8Array, nonce: Uint8Array, input: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20', hchacha20(key, nonce), concat(new Uint8Array(8), nonce.subarray(16)))
  return Uint8Array.from(cipher.update(input))
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ b[i])

async function layer(cell: Uint8Array, [k1, k2, k3, k4]: Keys, inverse: boolean): Promise<Uint8Array> {
  let head: Uint8Array = cell.slice(0, 24)
  let body: Uint8Array = cell.slice(24)
  const stream = (key: Uint8Array): void => void (body = xchacha20(key, head, body))
  const hash = async (key: Uint8Array): Promise<void> => void (head = xor(head, await keyed(key, body, 24)))
  if (inverse) {
    await hash(k4)
    stream(k3)
    await hash(k2)
    stream(k1)
  } else {
    stream(k1)
    await hash(k2)
    stream(k3)
    await hash(k4)
  }
  return concat(head, body)
}

async function step(state: Ratchet): Promise<Keys> {
  const counter = new Uint8Array(8)
  new DataView(counter.buffer).setBigUint64(0, BigInt(state.counter++), true)
  const output = await keyed(state.chainKey, counter, 160)
  state.chainKey = output.slice(0, 32)
  return [32, 64, 96, 128].map(at => output.slice(at, at + 32)) as Keys
}

/** One layer on each cell by its ratchet, as a relay does: docs/protocol.md §10 on OpenSSL and hash-wasm, nothing of src/. */
export async function referencePeel(cells: Uint8Array, bytes: number, states: Ratchet[]): Promise<Uint8Array> {
  const out: Uint8Array[] = []
  for (const [i, state] of states.entries()) {
    out.push(await layer(cells.subarray(i * bytes, (i + 1) * bytes), await step(state), false))
  }
  return concat(...out)
}

/** The inverse layers on each cell in the order given, as a client does. */
export async function referenceInvert(cells: Uint8Array, bytes: number, layers: Ratchet[]): Promise<Uint8Array> {
  const out: Uint8Array[] = []
  for (let at = 0; at < cells.length; at += bytes) {
    let cell: Uint8Array = cells.slice(at, at + bytes)
    for (const state of layers) cell = await layer(cell, await step(state), true)
    out.push(cell)
  }
  return concat(...out)
}
