/**
 * Requests over a channel that echoes: what is left of them without ids, so answers are taken in order.
 *
 * @param {{ send(bytes: Uint8Array): boolean, onBytes(take: (bytes: number) => void): void }} channel
 * @param {Uint8Array} body all requests have the same
 * @returns {() => Promise<void>} makes one, which resolves with its answer
 */
export function pipelined(channel, body) {
  const waiting = []
  let back = 0
  channel.onBytes(bytes => {
    for (back += bytes; back >= body.length; back -= body.length) waiting.shift()()
  })
  return () =>
    new Promise(resolve => {
      waiting.push(resolve)
      channel.send(body)
    })
}
