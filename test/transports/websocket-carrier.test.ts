import { describe, expect, it, vi } from 'vitest'
import { LIMITS } from '../../src/core/limits.js'
import type { CarrierEvents } from '../../src/ports/transport.js'
import { WebSocketCarrier, type WebSocketPort } from '../../src/transports/websocket/carrier.js'
import { websocket, webSocketInfo } from '../../src/transports/websocket/client.js'
import { acceptWebSocket, websocket as workerdWebSocket } from '../../src/transports/websocket/workerd.js'
import { containing, ManualClock, realPorts } from './support.js'

/** A runtime's WebSocket that a test drives. */
function fake(tellsDrain: boolean) {
  const calls: string[] = []
  const state = { buffered: 0 }
  const sent: number[] = []
  const port: WebSocketPort = {
    tellsDrain,
    send: chunk => {
      sent.push(chunk.length)
      state.buffered += chunk.length
    },
    bufferedBytes: () => state.buffered,
    close: (code, reason) => calls.push(`close ${code} ${reason}`),
    cut: () => calls.push('cut'),
  }
  const clock = new ManualClock()
  const deferred: (() => void)[] = []
  const info = webSocketInfo('ws://peer:1', 'peer', 'inbound')
  const carrier = new WebSocketCarrier(port, info, { clock, defer: work => deferred.push(work) })
  const seen: string[] = []
  const events: CarrierEvents = {
    onData: (_buffer, from, to) => seen.push(`data ${to - from}`),
    onDrain: () => seen.push('drain'),
    onClose: reason => seen.push(`close ${(reason as { code?: string } | undefined)?.code ?? 'orderly'}`),
  }
  const run = (): void => {
    while (deferred.length > 0) deferred.shift()?.()
  }
  return { carrier, events, calls, state, sent, clock, seen, run }
}

describe('WebSocket carrier', () => {
  it('sends large writes as messages far below what a peer accepts', () => {
    const { carrier, sent } = fake(true)
    const bytes = new Uint8Array(LIMITS.maxWebSocketMessageBytes + 10)
    expect(carrier.write(bytes, 0, bytes.length)).toBe(false)
    expect(Math.max(...sent)).toBeLessThanOrEqual(LIMITS.maxWebSocketMessageBytes / 4)
    expect(sent.reduce((sum, size) => sum + size, 0)).toBe(bytes.length)
  })

  it('says false one byte past the high water mark and drains by the clock where the runtime tells nothing', () => {
    const { carrier, events, state, clock, seen, run } = fake(false)
    carrier.bind(events)
    run()
    expect(carrier.write(new Uint8Array(LIMITS.carrierHighWaterBytes), 0, LIMITS.carrierHighWaterBytes)).toBe(true)
    expect(clock.pending).toBe(0)
    expect(carrier.write(new Uint8Array(1), 0, 1)).toBe(false)
    clock.advance(100)
    clock.advance(100)
    expect(seen).toEqual([])
    expect(clock.pending).toBe(1)
    state.buffered = 0
    clock.advance(100)
    expect(seen).toEqual(['drain'])
    expect(clock.pending).toBe(0)
  })

  it('keeps as much as it may while paused, and ends one byte past that', () => {
    const { carrier, events, calls, seen, run } = fake(false)
    carrier.bind(events)
    carrier.pause(true)
    run()
    const message = new Uint8Array(LIMITS.maxWebSocketMessageBytes)
    for (let kept = 0; kept < LIMITS.maxInboxBytes; kept += message.length) carrier.received(message)
    expect(calls).toEqual([])
    carrier.received(new Uint8Array(1))
    expect(calls).toEqual(['cut'])
    run()
    expect(seen).toEqual(['close LIMIT_EXCEEDED'])
  })

  it('ends at a message one byte too long, and at a text message', () => {
    const long = fake(true)
    long.carrier.bind(long.events)
    long.run()
    long.carrier.received(new Uint8Array(LIMITS.maxWebSocketMessageBytes))
    long.carrier.received(new Uint8Array(LIMITS.maxWebSocketMessageBytes + 1))
    long.run()
    expect(long.seen).toEqual([`data ${LIMITS.maxWebSocketMessageBytes}`, 'close PROTOCOL_VIOLATION'])
    const text = fake(true)
    text.carrier.bind(text.events)
    text.carrier.receivedText()
    text.carrier.receivedText()
    text.carrier.received(new Uint8Array(5))
    expect(text.calls).toEqual(['close 1003 binary only'])
    text.carrier.ended(1003)
    text.run()
    expect(text.seen).toEqual(['close PROTOCOL_VIOLATION'])
  })

  it('cuts a peer that does not answer the close in time', () => {
    const { carrier, events, calls, clock, seen, run } = fake(true)
    carrier.bind(events)
    carrier.close()
    carrier.close()
    clock.advance(LIMITS.carrierLingerMs - 1)
    expect(calls).toEqual(['close 1000 '])
    clock.advance(1)
    expect(calls).toEqual(['close 1000 ', 'cut'])
    run()
    expect(seen).toEqual(['close CLOSED'])
    carrier.ended(1006)
    carrier.close(true)
    carrier.pause(false)
    run()
    expect(seen).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it.each([
    [1000, 'close orderly'],
    [1001, 'close orderly'],
    [1005, 'close orderly'],
    [1006, 'close CLOSED'],
    [1009, 'close CLOSED'],
    [4001, 'close CLOSED'],
  ])('reports the close code %i as %s', (code, expected) => {
    const { carrier, events, seen, run } = fake(true)
    carrier.bind(events)
    carrier.ended(code)
    carrier.ended(code)
    run()
    expect(seen).toEqual([expected])
  })
})

describe('websocket client', () => {
  it('answers UNSUPPORTED_RUNTIME without a global WebSocket, and for TLS options it cannot honour', async () => {
    vi.stubGlobal('WebSocket', undefined)
    await expect(websocket()(realPorts).dial('ws://127.0.0.1:1', {})).rejects.toMatchObject({
      code: 'UNSUPPORTED_RUNTIME',
      remedy: containing('hyphae/transports/websocket'),
    })
    vi.unstubAllGlobals()
    for (const transport of [websocket, workerdWebSocket]) {
      const pinned = transport({ tls: { pins: ['x'] } })(realPorts)
      await expect(pinned.dial('wss://127.0.0.1:1', {})).rejects.toMatchObject({ code: 'UNSUPPORTED_RUNTIME' })
    }
  })

  it('answers DIAL_FAILED when the page may not open the connection', async () => {
    class Forbidden {
      constructor() {
        throw new Error('insecure connection from a secure page')
      }
    }
    const transport = websocket({ WebSocket: Forbidden as never })(realPorts)
    await expect(transport.dial('ws://127.0.0.1:1', {})).rejects.toMatchObject({ code: 'DIAL_FAILED' })
  })
})

describe('websocket in workerd', () => {
  it('answers UNSUPPORTED_RUNTIME to listening, naming acceptWebSocket', async () => {
    await expect(workerdWebSocket()(realPorts).listen('ws://0.0.0.0:80', () => undefined)).rejects.toMatchObject({
      code: 'UNSUPPORTED_RUNTIME',
      remedy: containing('acceptWebSocket'),
    })
  })

  it('accepts the server end of a pair as array buffers, set before it is accepted', async () => {
    const order: string[] = []
    const listeners = new Map<string, ((event: never) => void)[]>()
    const emit = (type: string, event: unknown): void =>
      listeners.get(type)?.forEach(listener => listener(event as never))
    const socket = {
      set binaryType(value: string) {
        order.push(value)
      },
      readyState: 1,
      accept: () => order.push('accept'),
      send: (data: Uint8Array) => order.push(`send ${data.length}`),
      close: (code?: number) => order.push(`close ${code}`),
      addEventListener: (type: string, listener: (event: never) => void) =>
        listeners.set(type, [...(listeners.get(type) ?? []), listener]),
    }
    const carrier = acceptWebSocket(socket, realPorts, '2001:db8::1')
    expect(order).toEqual(['arraybuffer', 'accept'])
    expect(carrier.info).toMatchObject({ host: '2001:db8::1', remote: 'ws://[2001:db8::1]:0', direction: 'inbound' })
    const got: number[] = []
    const closed = new Promise<Error | undefined>(resolve =>
      carrier.bind({ onData: (_b, from, to) => got.push(to - from), onDrain: () => undefined, onClose: resolve }),
    )
    emit('message', { data: new Uint8Array(9).buffer })
    expect(carrier.write(new Uint8Array(10), 2, 5)).toBe(true)
    expect(order.at(-1)).toBe('send 3')
    await Promise.resolve()
    emit('close', { code: 1000 })
    expect(await closed).toBeUndefined()
    expect(got).toEqual([9])
    // The worker answers the close itself.
    expect(order.at(-1)).toBe('close 1000')
  })
})
