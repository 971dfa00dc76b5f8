// Contenders whose connection is one duplex stream of Node's kind: the first byte says what the listening side does with
// the rest.
import { once } from 'node:events'
import { pipelined } from './pipelined.mjs'

const KIND = { echo: 1, count: 2, web: 2 }

/** What a listening side does with a connection. */
export function answer(stream, arrivals) {
  let kind
  stream.on('error', () => {})
  stream.on('data', bytes => {
    let rest = bytes
    if (kind === undefined) {
      kind = bytes[0]
      rest = bytes.subarray(1)
    }
    if (rest.length === 0) return
    if (kind === KIND.echo) stream.write(rest)
    else arrivals.add(rest.length)
  })
}

/**
 * The dialling side.
 *
 * @param {() => Promise<import('node:stream').Duplex>} open dials; resolves when it can be used
 * @param {() => unknown} [release] what else has to end with it
 */
export function clientOf(open, release = () => {}) {
  const streams = []
  const channel = async kind => {
    const stream = await open()
    stream.on('error', () => {})
    streams.push(stream)
    stream.write(Buffer.of(KIND[kind]))
    return channelOf(stream)
  }
  return {
    dialer: async () => async () => async () => {
      const stream = await open()
      stream.on('error', () => {})
      return () => void stream.destroy()
    },
    channel,
    requester: async body => pipelined(await channel('echo'), body),
    async close() {
      for (const stream of streams) stream.destroy()
      await release()
    },
  }
}

const channelOf = stream => ({
  send: bytes => stream.write(bytes),
  drained: () => once(stream, 'drain'),
  onBytes(take) {
    if (this.take === undefined) stream.on('data', bytes => this.take(bytes.length))
    this.take = take
  },
})
