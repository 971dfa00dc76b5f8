import { describe, expect, expectEqual, MIB, pattern, rejectionOf, sha256, text, TIMEOUT_MS } from '../common.mjs'
import { joined, readRest, write } from './streams.mjs'

export async function handshake(run) {
  const { library, task, local } = run
  run.node = await library.createNode(local.options?.())
  const facts = new Promise(resolve => run.node.once('peer:connect', resolve))
  run.peer = await run.node.connect(task.address, { timeoutMs: TIMEOUT_MS })
  expect(task.address.endsWith(`#${run.peer}`), `the peer is ${run.peer}`)
  expectEqual(run.node.diagnostics().runtime, task.runtime, 'entry of the package')
  return `${(await facts).handshakeMs.toFixed(0)} ms`
}

/** Cuts the socket in the middle of a stream; stream, request and session live on. */
export async function reconnection({ node, peer }) {
  const seen = { lost: 0, replaced: 0, ended: 0 }
  const onCarrier = ({ address }) => (address === undefined ? (seen.lost += 1) : (seen.replaced += 1))
  const onEnd = () => (seen.ended += 1)
  node.on('peer:carrier', onCarrier).on('peer:disconnect', onEnd)
  const attachedBefore = await node.request(peer, 'attached')

  const content = pattern(4 * MIB, 2)
  const stream = await node.open(peer, 'echo')
  const written = write(stream, content, { bytes: 0 })
  const reader = stream.readable.getReader()
  const first = await reader.read()
  const startMs = performance.now()
  const [cut, rest] = await Promise.all([
    node.request(peer, 'cut', undefined, { timeoutMs: TIMEOUT_MS }),
    readRest(reader),
    written,
  ])
  const tookMs = performance.now() - startMs

  expect(cut > 0, 'no socket was cut')
  expectEqual(await sha256(joined([first.value, ...rest])), await sha256(content), 'hash of the stream that survived')
  node.off('peer:carrier', onCarrier).off('peer:disconnect', onEnd)
  expect(seen.replaced > 0 && seen.ended === 0, `the carrier was to be replaced and no session to end: ${text(seen)}`)
  expect((await node.request(peer, 'attached')) > attachedBefore, 'the server took no new carrier for the session')
  return `${tookMs.toFixed(0)} ms`
}

/** A server with a certificate of an authority that nobody told this runtime about is not spoken to. */
export async function stranger({ library, node, peer }) {
  const { foreign } = await node.request(peer, 'tls:places', undefined, { timeoutMs: TIMEOUT_MS })
  const refusal = await rejectionOf(node.connect(foreign, { timeoutMs: TIMEOUT_MS }))
  const isRefused = ['DIAL_FAILED', 'CERTIFICATE_INVALID'].some(code => library.isHyphaeError(refusal, code))
  expect(isRefused, `a stranger's certificate was answered with ${describe(refusal)}`)
}
