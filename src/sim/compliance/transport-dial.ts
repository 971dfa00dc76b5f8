import { check, checkEqual, checkRejects } from './case.js'
import type { Bench, TransportCase, TransportSubject } from './bench.js'

/** Cases of dialling and listening. */
export function dialAndListenCases(subject: TransportSubject): TransportCase[] {
  const cases: TransportCase[] = [
    ['connects both ends and says which is which', describesEnds],
    ['answers DIAL_FAILED where nobody listens', dialsNobody],
    ['answers ABORTED to a signal that was aborted before', abortedBefore],
    ['answers ABORTED to a signal that is aborted while dialling', abortedMeanwhile],
    ['refuses addresses that are none or of other transports', refusesAddresses],
  ]
  if (subject.silent) cases.push(['answers TIMEOUT when the place is silent', dialsSilence])
  if (subject.listening) cases.push(['answers UNSUPPORTED_RUNTIME where it cannot listen', cannotListen])
  else cases.push(['answers INVALID_ARGUMENT at a place that is taken', listensTwice])
  cases.push(['tells the real address of a listener', tellsAddress])
  cases.push(['stops listening, twice without harm, and lets accepted carriers live on', stopsListening])
  return cases
}

async function describesEnds(bench: Bench): Promise<void> {
  const { dialled, accepted, listener } = await bench.pair()
  checkEqual(dialled.carrier.info.direction, 'outbound', 'direction of the dialled end')
  checkEqual(accepted.carrier.info.direction, 'inbound', 'direction of the accepted end')
  checkEqual(dialled.carrier.info.remote, listener.address, 'remote of the dialled end')
  for (const { carrier } of [dialled, accepted]) {
    checkEqual(carrier.info.delivery, 'ordered', 'delivery')
    checkEqual(carrier.info.verifiesAddress, bench.transport.capabilities.verifiesAddress, 'verifiesAddress')
    check(carrier.info.remote.includes('://'), `remote ${carrier.info.remote} is not an address`)
  }
}

async function dialsNobody(bench: Bench): Promise<void> {
  const listener = await bench.listen(() => undefined)
  await listener.close()
  const error = await checkRejects(bench.transport.dial(listener.address, { timeoutMs: 5_000 }), 'DIAL_FAILED')
  check(error.retryable, 'a failed dial may be tried again')
}

async function abortedBefore(bench: Bench): Promise<void> {
  const listener = await bench.listen(() => undefined)
  const signal = AbortSignal.abort()
  await checkRejects(bench.transport.dial(listener.address, { timeoutMs: 5_000, signal }), 'ABORTED')
}

async function abortedMeanwhile(bench: Bench): Promise<void> {
  const listener = await bench.listen(() => undefined)
  const controller = new AbortController()
  const dialling = bench.transport.dial(listener.address, { timeoutMs: 5_000, signal: controller.signal })
  controller.abort(new Error('changed my mind'))
  const error = await checkRejects(dialling, 'ABORTED')
  checkEqual((error.cause as Error).message, 'changed my mind', 'cause')
}

async function dialsSilence(bench: Bench): Promise<void> {
  const place = await bench.subject.silent?.()
  check(place !== undefined, 'no silent place')
  bench.later(() => place.close())
  const error = await checkRejects(bench.transport.dial(place.address, { timeoutMs: 50 }), 'TIMEOUT')
  check(error.retryable, 'a dial that timed out may be tried again')
}

async function refusesAddresses(bench: Bench): Promise<void> {
  for (const address of ['', 'nonsense', 'unheard-of://127.0.0.1:1', `${bench.transport.schemes[0]}://`.repeat(2)]) {
    await checkRejects(bench.transport.dial(address, { timeoutMs: 5_000 }), 'INVALID_ARGUMENT')
    if (bench.transport.capabilities.listen) {
      await checkRejects(
        bench.transport.listen(address, () => undefined),
        'INVALID_ARGUMENT',
      )
    }
  }
}

async function cannotListen(bench: Bench): Promise<void> {
  checkEqual(bench.transport.capabilities.listen, false, 'capability to listen')
  await checkRejects(
    bench.transport.listen(bench.subject.listenAddress, () => undefined),
    'UNSUPPORTED_RUNTIME',
  )
}

async function listensTwice(bench: Bench): Promise<void> {
  const listener = await bench.listen(() => undefined)
  await checkRejects(
    bench.transport.listen(listener.address, () => undefined),
    'INVALID_ARGUMENT',
  )
}

async function tellsAddress(bench: Bench): Promise<void> {
  const first = await bench.listen(() => undefined)
  const second = await bench.listen(() => undefined)
  check(first.address !== second.address, 'two listeners tell the same address')
  check(!/:0(\/|$)/.test(first.address), `${first.address} is not the real address`)
}

async function stopsListening(bench: Bench): Promise<void> {
  const { dialled, accepted, listener } = await bench.pair()
  await listener.close()
  await listener.close()
  await checkRejects(bench.transport.dial(listener.address, { timeoutMs: 5_000 }), 'DIAL_FAILED')
  dialled.write(new Uint8Array([1, 2, 3]))
  await accepted.until('data after the listener closed', () => accepted.received === 3)
}
