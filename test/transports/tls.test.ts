import { createServer as createPlainServer, connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import type { Carrier, CarrierEvents, TransportFactory } from '../../src/ports/transport.js'
import { transportCompliance } from '../../src/sim/compliance/transport.js'
import type { TlsOptions, TransportOptions } from '../../src/transports/options.js'
import { tcp } from '../../src/transports/tcp/node.js'
import { defaultTlsGroups } from '../../src/transports/tls/node.js'
import { websocket } from '../../src/transports/websocket/node.js'
import { issue, revocationList } from './certificates.js'
import { containing, ManualClock, realPorts, runCases, silentServer } from './support.js'

const authority = issue('test authority', { authority: true })
const server = issue('server', { issuer: authority, hosts: ['127.0.0.1', 'localhost'] })
const otherServer = issue('other server', { issuer: authority, hosts: ['127.0.0.1', 'localhost'] })
const client = issue('client', { issuer: authority })
const stranger = issue('stranger', { hosts: ['127.0.0.1'] })
const lone = issue('self-signed')

const kinds: [scheme: string, make: (options: TransportOptions) => TransportFactory][] = [
  ['tls', tcp],
  ['wss', websocket],
]
const ids: Record<string, string> = { tls: '[D14]', wss: '[D13]' }

const cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const work of cleanup.splice(0).reverse()) await work()
})

/** Listens with one set of TLS options and collects what is accepted. */
async function listen(make: (options: TransportOptions) => TransportFactory, scheme: string, tls: TlsOptions) {
  const accepted: Carrier[] = []
  const listener = await make({ tls })(realPorts).listen(`${scheme}://127.0.0.1:0`, carrier => accepted.push(carrier))
  cleanup.push(() => listener.close())
  cleanup.push(() => accepted.forEach(carrier => carrier.close(true)))
  return { accepted, address: listener.address, port: Number(/:(\d+)/.exec(listener.address)?.[1]) }
}

async function dial(make: (options: TransportOptions) => TransportFactory, address: string, tls: TlsOptions) {
  const carrier = await make({ tls })(realPorts).dial(address, { timeoutMs: 5_000 })
  cleanup.push(() => carrier.close(true))
  return carrier
}

/** Resolves when the carrier is gone. */
function gone(carrier: Carrier): Promise<Error | undefined> {
  return new Promise(resolve => carrier.bind({ onData: () => undefined, onDrain: () => undefined, onClose: resolve }))
}

/** Sends a text over a carrier and waits until the other one has it. */
async function transfer(from: Carrier, to: Carrier, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text)
  let got = ''
  const arrived = new Promise<void>(resolve => {
    const events: CarrierEvents = {
      onData: (buffer, start, end) => {
        got += new TextDecoder().decode(buffer.subarray(start, end))
        if (got.length >= text.length) resolve()
      },
      onDrain: () => undefined,
      onClose: () => resolve(),
    }
    to.bind(events)
  })
  from.bind({ onData: () => undefined, onDrain: () => undefined, onClose: () => undefined })
  from.write(bytes, 0, bytes.length)
  await arrived
  return got
}

/** A middle that passes bytes on and keeps a copy of everything. */
async function capture(port: number) {
  const bytes: Buffer[] = []
  const middle = createPlainServer(near => {
    const far = connectPlain(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', chunk => {
        bytes.push(chunk)
        to.write(chunk)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  })
  await new Promise<void>(resolve => middle.listen(0, '127.0.0.1', resolve))
  cleanup.push(() => middle.close())
  return { port: (middle.address() as { port: number }).port, text: () => Buffer.concat(bytes).toString('latin1') }
}

for (const [scheme, make] of kinds) {
  describe(`${scheme} compliance`, () => {
    runCases(
      transportCompliance({
        factory: make({ tls: { cert: server.cert, key: server.key, ca: authority.cert } }),
        ports: realPorts,
        listenAddress: `${scheme}://127.0.0.1:0`,
        pausesPeer: true,
        silent: () => silentServer(scheme),
      }),
      { 'delivers any split of the writes as one stream, in order, both ways at once': `${ids[scheme]} ` },
    )
  })

  describe(`${scheme} security`, () => {
    const listening: TlsOptions = { cert: server.cert, key: server.key }
    const trusting: TlsOptions = { ca: authority.cert }

    it('[C3] refuses plaintext in both directions', async () => {
      const { port, accepted } = await listen(make, scheme, listening)
      const plain = connectPlain(port, '127.0.0.1', () => plain.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'))
      plain.on('error', () => undefined)
      let answer = ''
      plain.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
      await new Promise(resolve => plain.on('close', resolve))
      expect(accepted).toHaveLength(0)
      expect(answer).not.toContain('HTTP/1.1 101')

      const plainServer = createPlainServer((socket: Socket) => socket.end('no TLS here, sorry'))
      await new Promise<void>(resolve => plainServer.listen(0, '127.0.0.1', resolve))
      cleanup.push(() => plainServer.close())
      const { port: plainPort } = plainServer.address() as { port: number }
      const dialling = dial(make, `${scheme}://127.0.0.1:${plainPort}`, trusting)
      await expect(dialling).rejects.toMatchObject({ code: 'DIAL_FAILED', remedy: containing('TLS 1.3') })
    })

    it('[B73] refuses a client that speaks no more than TLS 1.2', async () => {
      const { port, accepted } = await listen(make, scheme, listening)
      const failure = await new Promise<Error>((resolve, reject) => {
        const old = connectTls({ port, host: '127.0.0.1', ca: authority.cert, maxVersion: 'TLSv1.2' }, () => {
          reject(new Error('connected with TLS 1.2'))
        })
        old.on('error', resolve)
      })
      expect(failure).toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
      expect(accepted).toHaveLength(0)
    })

    it('[B73] refuses a server that speaks no more than TLS 1.2', async () => {
      const old = createTlsServer({ cert: server.cert, key: server.key, maxVersion: 'TLSv1.2' })
      old.on('tlsClientError', () => undefined)
      await new Promise<void>(resolve => old.listen(0, '127.0.0.1', resolve))
      cleanup.push(() => old.close())
      const { port } = old.address() as { port: number }
      const dialling = dial(make, `${scheme}://127.0.0.1:${port}`, trusting)
      await expect(dialling).rejects.toMatchObject({ code: 'DIAL_FAILED', remedy: containing('TLS 1.3') })
    })

    it('[C50] refuses a certificate of an unknown authority', async () => {
      const { address } = await listen(make, scheme, { cert: stranger.cert, key: stranger.key })
      await expect(dial(make, address, trusting)).rejects.toMatchObject({ code: 'CERTIFICATE_INVALID' })
    })

    it('[C50] refuses a certificate of another host', async () => {
      const elsewhere = issue('elsewhere', { issuer: authority, hosts: ['elsewhere.example'] })
      const { address } = await listen(make, scheme, { cert: elsewhere.cert, key: elsewhere.key })
      await expect(dial(make, address, trusting)).rejects.toMatchObject({
        code: 'CERTIFICATE_INVALID',
        remedy: containing('serverName'),
      })
      await dial(make, address, { ...trusting, serverName: 'elsewhere.example' })
    })

    it('[C50] refuses an expired certificate', async () => {
      const expired = issue('expired', {
        issuer: authority,
        hosts: ['127.0.0.1'],
        notBefore: new Date('2020-01-01'),
        notAfter: new Date('2021-01-01'),
      })
      const { address } = await listen(make, scheme, { cert: expired.cert, key: expired.key })
      await expect(dial(make, address, trusting)).rejects.toMatchObject({ code: 'CERTIFICATE_EXPIRED' })
    })

    it('[C50] refuses a revoked certificate', async () => {
      const { address } = await listen(make, scheme, listening)
      const revoked = { ...trusting, crl: revocationList(authority, [server]) }
      await expect(dial(make, address, revoked)).rejects.toMatchObject({ code: 'CERTIFICATE_REVOKED' })
      await dial(make, address, { ...trusting, crl: [revocationList(authority, [otherServer])] })
    })

    it('[C49] demands a certificate of the client and serves the one it trusts', async () => {
      const mutual = { ...listening, ca: authority.cert, requireClientCertificate: true }
      const { address, accepted } = await listen(make, scheme, mutual)
      for (const own of [undefined, stranger]) {
        const tls = own ? { ...trusting, cert: own.cert, key: own.key } : trusting
        // TLS 1.3 lets the client finish before the server has judged it, so the refusal may come as the close.
        await dial(make, address, tls).then(gone, (error: unknown) => error)
        expect(accepted).toHaveLength(0)
      }
      const carrier = await dial(make, address, { ...trusting, cert: client.cert, key: client.key })
      while (accepted.length === 0) await new Promise(resolve => setImmediate(resolve))
      expect(await transfer(carrier, accepted[0], 'hello')).toBe('hello')
    })

    it('[C49] accepts only pinned clients when the listener pins', async () => {
      const tls = { ...listening, requireClientCertificate: true, pins: [lone.pin], pinOnly: true }
      const { address, accepted } = await listen(make, scheme, tls)
      const unpinned = { ...trusting, cert: client.cert, key: client.key }
      await dial(make, address, unpinned).then(gone, (error: unknown) => error)
      expect(accepted).toHaveLength(0)
      await dial(make, address, { ...trusting, cert: lone.cert, key: lone.key })
      while (accepted.length === 0) await new Promise(resolve => setImmediate(resolve))
    })

    it('[C56] [D34] answers PIN_MISMATCH to a swapped certificate, even one of the same authority', async () => {
      const pinned = { ...trusting, pins: [server.pin] }
      const real = await listen(make, scheme, listening)
      await dial(make, real.address, pinned)
      for (const swapped of [otherServer, stranger]) {
        const { address, accepted } = await listen(make, scheme, { cert: swapped.cert, key: swapped.key })
        const dialling = dial(make, address, pinned)
        await expect(dialling).rejects.toMatchObject({ code: 'PIN_MISMATCH', details: { pin: swapped.pin } })
        if (scheme === 'wss') expect(accepted).toHaveLength(0)
      }
    })

    it('[D34] asks for a valid chain beside the pin, unless the pin alone is trusted', async () => {
      const { address } = await listen(make, scheme, { cert: lone.cert, key: lone.key })
      const pins = [server.pin, lone.pin]
      await expect(dial(make, address, { ...trusting, pins })).rejects.toMatchObject({ code: 'CERTIFICATE_INVALID' })
      await dial(make, address, { pins, pinOnly: true })
    })

    it('[C50] refuses an expired certificate that is trusted by its pin alone', async () => {
      const { address } = await listen(make, scheme, { cert: lone.cert, key: lone.key })
      const pinned = make({ tls: { pins: [lone.pin], pinOnly: true } })
      const clock = new ManualClock()
      clock.wallMs = Date.now() + 10 * 86_400_000
      const later = pinned({ ...realPorts, clock }).dial(address, {})
      await expect(later).rejects.toMatchObject({ code: 'CERTIFICATE_EXPIRED' })
      clock.wallMs = Date.now() - 10 * 86_400_000
      const earlier = pinned({ ...realPorts, clock }).dial(address, {})
      await expect(earlier).rejects.toMatchObject({ code: 'CERTIFICATE_INVALID' })
      expect(clock.pending).toBe(0)
    })

    it('[C52] shows a capture between the ends no plaintext', async () => {
      const secret = 'the quick brown fox jumps over the lazy dog'
      const { port, accepted } = await listen(make, scheme, listening)
      const middle = await capture(port)
      const carrier = await dial(make, `${scheme}://127.0.0.1:${middle.port}`, trusting)
      while (accepted.length === 0) await new Promise(resolve => setImmediate(resolve))
      expect(await transfer(carrier, accepted[0], secret)).toBe(secret)
      expect(middle.text().length).toBeGreaterThan(500)
      expect(middle.text()).not.toContain('brown fox')
    })

    it('answers INVALID_ARGUMENT to a listener without a certificate', async () => {
      const listening = make({})(realPorts).listen(`${scheme}://127.0.0.1:0`, () => undefined)
      await expect(listening).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', details: { key: 'tls.cert' } })
    })

    it.each([
      ['pinOnly without pins', { pinOnly: true }],
      ['a pin of another length', { pins: ['c2hvcnQ='] }],
      ['a certificate without its key', { cert: server.cert }],
      ['a key without its certificate', { key: server.key }],
      ['a key of another certificate', { cert: server.cert, key: client.key }],
      ['text that is not PEM', { cert: 'nonsense', key: server.key }],
      ['a group that does not exist', { groups: 'no-such-group' }],
    ])('refuses %s when the transport is made', (_what, tls: TlsOptions) => {
      expect(() => make({ tls })).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    })
  })
}

describe('a capture of plain TCP', () => {
  it('does hold the plaintext, so that the test over TLS can fail', async () => {
    const { port, accepted } = await listen(() => tcp(), 'tcp', {})
    const middle = await capture(port)
    const carrier = await dial(() => tcp(), `tcp://127.0.0.1:${middle.port}`, {})
    while (accepted.length === 0) await new Promise(resolve => setImmediate(resolve))
    await transfer(carrier, accepted[0], 'the quick brown fox')
    expect(middle.text()).toContain('brown fox')
  })
})

describe('key exchange groups', () => {
  it('prefers the hybrid post-quantum group where the runtime has it', async () => {
    const groups = defaultTlsGroups()
    const [major, minor] = process.versions.openssl.split('.').map(Number) as [number, number]
    const hasHybrid = major > 3 || (major === 3 && minor >= 5)
    expect(groups.startsWith('X25519MLKEM768:')).toBe(hasHybrid)
    const { port } = await listen(tcp, 'tls', { cert: server.cert, key: server.key })
    const socket = await new Promise<TLSSocket>((resolve, reject) => {
      const dialled = connectTls({ port, host: '127.0.0.1', ca: authority.cert, ecdhCurve: groups }, () =>
        resolve(dialled),
      )
      dialled.on('error', reject)
    })
    cleanup.push(() => socket.destroy())
    expect(socket.getProtocol()).toBe('TLSv1.3')
    // Node before 24 cannot name a hybrid group here.
    if (!hasHybrid) expect(socket.getEphemeralKeyInfo()).toMatchObject({ name: 'X25519' })
  })
})
