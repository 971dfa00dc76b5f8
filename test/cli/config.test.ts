import { chmodSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { loadSettings } from '../../src/cli/config/load.js'
import { nodeOptionsOf } from '../../src/cli/config/node-options.js'
import { loadTls } from '../../src/cli/config/tls-files.js'
import type { HyphaeError } from '../../src/core/errors.js'
import { createNode } from '../../src/platform/node.js'
import { issue } from '../transports/certificates.js'
import { afterwards, directory, file, Inside, linesOf } from './support.js'

const SEED = `
network:
  listen_address: "0.0.0.0:8000"
  external_address: "public.domain.com:8000"
  bootstrap_nodes:
    - "bootstrap1.example.net:8000"
    - "tcp://bootstrap2.example.net:8001"
  max_connections: 100
  connection_timeout: 30
security:
  encryption: "ChaCha20-Poly1305"
  key_exchange: "hybrid"
  signature_algorithm: "ML-DSA-65+Ed25519"
  enable_tor: false
performance:
  message_batch_size: 10
  compression_threshold: 1024
  connection_pool_size: 20
  max_message_size: 1048576
`

const settingsOf = (text: string, env: Record<string, string> = {}) => loadSettings(file(text, 'node.yaml'), env)

async function refusal(text: string, env: Record<string, string> = {}): Promise<HyphaeError> {
  return settingsOf(text, env).then(
    () => Promise.reject(new Error('was taken')),
    (error: unknown) => error as HyphaeError,
  )
}

describe('configuration', () => {
  it('means what it says', async () => {
    const options = nodeOptionsOf(await settingsOf(SEED), undefined, undefined)
    expect(options).toMatchObject({
      listen: ['ws://0.0.0.0:8000'],
      advertise: ['ws://public.domain.com:8000'],
      bootstrap: ['ws://bootstrap1.example.net:8000', 'tcp://bootstrap2.example.net:8001'],
      admission: { maxConnections: 100 },
      maxPeers: 120,
      connectionTimeoutMs: 30_000,
      identity: { suite: 1 },
      maxBatchMessages: 10,
      compress: true,
      compressionThresholdBytes: 1024,
      maxMessageBytes: 1_048_576,
    })
  })

  it('has defaults for an empty file, and for sections without keys', async () => {
    for (const text of ['', '# nothing\n', 'network:\nsecurity:\n']) {
      const options = nodeOptionsOf(await settingsOf(text), undefined, undefined)
      expect(options.listen).toEqual(['ws://0.0.0.0:8000'])
      expect(Object.values(options)).not.toContain(undefined)
    }
  })

  it('names node, network, identity and store', async () => {
    const text =
      'node: {name: north}\nnetwork: {name: lab}\nidentity: {path: id}\nstorage: {path: state}\nperformance: {compression: true}'
    expect(nodeOptionsOf(await settingsOf(text), 'secret', undefined)).toMatchObject({
      agent: 'hyphae/0.1 north',
      network: 'lab',
      identity: { path: 'id', passphrase: 'secret' },
      store: 'state',
      compress: true,
    })
  })

  it('[D97] gives a dial thirty seconds when configured so', async () => {
    const options = nodeOptionsOf(await settingsOf(SEED), undefined, undefined)
    const silent = () => ({
      name: 'silent',
      schemes: ['ws'],
      capabilities: { dial: true, listen: false, delivery: 'ordered', verifiesAddress: true } as const,
      dial: () => new Promise<never>(() => undefined),
      listen: () => Promise.reject(new Error('does not listen')),
    })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
    afterwards(() => vi.useRealTimers())
    const node = await createNode({ connectionTimeoutMs: options.connectionTimeoutMs, transports: [silent] })
    const outcome = vi.fn()
    node.connect('ws://192.0.2.1:8000').then(outcome, outcome)
    await vi.advanceTimersByTimeAsync(29_900)
    expect(outcome).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(200)
    expect(outcome).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'TIMEOUT' }))
    await node.close({ timeoutMs: 0 })
  })

  it('[D107] refuses a message of one byte more than configured', async () => {
    const settings = await settingsOf('performance: {max_message_size: 2048}\nnetwork: {listen_address: "127.0.0.1:0"}')
    const options = nodeOptionsOf(settings, undefined, undefined)
    const [a, b] = [await createNode(options), await createNode(options)]
    afterwards(() => Promise.all([a.close(), b.close()]))
    const peer = await a.connect(b.addresses[0])
    b.handle('take', body => (body as Uint8Array).length)
    // The body is msgpack: three bytes say that binary data of this length follow.
    expect(await a.request(peer, 'take', new Uint8Array(2045))).toBe(2045)
    await expect(a.request(peer, 'take', new Uint8Array(2046))).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    expect(() => a.send(peer, 'take', new Uint8Array(2046))).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }),
    )
  })

  it.each([
    [
      'network:\n  max_conections: 5',
      'node.yaml:2: there is no key network.max_conections; did you mean network.max_connections?',
    ],
    ['netwrok:\n  name: x', 'there is no section netwrok; did you mean network?'],
    ['network:\n  enable_tor: false', 'there is no key network.enable_tor; did you mean security.enable_tor?'],
    ['network:\n  qqqqqqqqqqqq: 1', 'there is no key network.qqqqqqqqqqqq'],
    [
      'network:\n  name: x\n  max_connections: 0',
      'node.yaml:3: network.max_connections is 0: a whole number from 1 to 100000 is needed',
    ],
    ['network: {max_connections: many}', 'network.max_connections is "many"'],
    ['network: {connection_timeout: 0}', 'a number of seconds from 0.01 to 600 is needed'],
    ['network: {listen_address: "nowhere:port"}', 'the port is not a number'],
    ['network: {listen_address: 7}', 'an address such as'],
    ['network: {bootstrap_nodes: ["a:1", "b:x"]}', 'at place 2 an address'],
    ['network: {name: ""}', 'a text of 1 to 255 characters'],
    ['network: {exempt_loopback: perhaps}', 'true or false is needed'],
    ['performance:\n  max_message_size: 100', 'a whole number from 1024 to 67108864 is needed'],
    ['network: [1]', 'node.yaml:1: keys under network are needed here'],
    ['just text', 'node.yaml:1: sections are needed here'],
    ['network:\n  name: a\n  name: b', 'node.yaml:3: Map keys must be unique'],
    ['network: {name: "a', 'node.yaml:1: '],
    ['? [1, 2]\n: x', 'a key must be a plain name'],
    ['security: {signature_algorithm: 5}', 'ML-DSA-65+Ed25519, ML-DSA-87+ECDSA-P384, SLH-DSA-SHA2-128s is needed'],
  ])('refuses %j', async (text, why) => {
    const error = await refusal(text)
    expect(error.code).toBe('INVALID_CONFIG')
    expect(error.message).toContain(why)
  })

  it('[D98] selects the suite, and refuses one that is not offered, saying what to use', async () => {
    const chosen = await settingsOf('security: {encryption: chacha20-poly1305}')
    expect(chosen).toEqual({ 'security.encryption': 'ChaCha20-Poly1305' })
    const node = await createNode({ ...nodeOptionsOf(chosen, undefined, undefined), listen: [] })
    afterwards(() => node.close())
    expect(node.diagnostics().suite).toContain('ChaCha20-Poly1305')
    const aes = await refusal('security:\n  encryption: AES-256-GCM')
    expect(aes.message).toContain(
      'security.encryption is "AES-256-GCM": ChaCha20-Poly1305, the one there is, is needed',
    )
    expect([aes.remedy, aes.details.line]).toEqual([expect.stringContaining('set it to ChaCha20-Poly1305'), 2])
    expect((await refusal('security: {encryption: ROT13}')).remedy).toContain('set security.encryption to')
  })

  it('[D99] selects the hybrid exchange by either name, and refuses what is never post-quantum', async () => {
    for (const name of ['X-Wing', 'hybrid', 'HYBRID']) {
      const chosen = await settingsOf(`security: {key_exchange: ${name}}`)
      expect(chosen).toEqual({ 'security.key_exchange': 'X-Wing' })
      const node = await createNode({ ...nodeOptionsOf(chosen, undefined, undefined), listen: [] })
      afterwards(() => node.close())
      expect(node.diagnostics().suite).toContain('X-Wing')
    }
    for (const name of ['ECDH', 'ECDHE', 'x25519', 'P-256']) {
      const error = await refusal(`security: {key_exchange: ${name}}`)
      expect(error.message).toContain('X-Wing, hybrid is needed')
      expect(error.remedy).toContain('a classical exchange alone falls to a quantum computer')
    }
  })

  it.each([
    ['signature_algorithm: Ed25519', 'ML-DSA-65+Ed25519', 'Ed25519 alone can be forged'],
    ['enable_tor: true', 'false is needed', 'a Tor of your own'],
  ])('refuses %s and says what to use', async (line, expected, remedy) => {
    const error = await refusal(`security:\n  ${line}`)
    expect(error.message).toContain(expected)
    expect(error.remedy).toContain(remedy)
    expect(error.details).toMatchObject({ line: 2 })
  })

  it('is overridden by the environment, whose own faults are told by the variable', async () => {
    const env = {
      HYPHAE_NETWORK__LISTEN_ADDRESS: '127.0.0.1:1,tcp://127.0.0.1:2',
      HYPHAE_NETWORK__MAX_CONNECTIONS: '7',
      HYPHAE_PASSPHRASE: 'not a key',
      PATH: '/bin',
    }
    expect(await settingsOf(SEED, env)).toMatchObject({
      'network.listen_address': ['ws://127.0.0.1:1', 'tcp://127.0.0.1:2'],
      'network.max_connections': 7,
      'network.connection_timeout': 30,
    })
    const error = await refusal('', { HYPHAE_NETWORK__LISTEN_ADRESS: 'x' })
    expect(error.message).toBe(
      'HYPHAE_NETWORK__LISTEN_ADRESS: there is no key network.listen_adress; did you mean network.listen_address?',
    )
  })

  it('takes NODE_ID as the name, unless HYPHAE_NODE__NAME says otherwise', async () => {
    expect(await loadSettings(undefined, { NODE_ID: 'pod-0' })).toEqual({ 'node.name': 'pod-0' })
    expect(await loadSettings(undefined, { NODE_ID: 'pod-0', HYPHAE_NODE__NAME: 'own' })).toEqual({
      'node.name': 'own',
    })
    expect(await loadSettings(undefined, { NODE_ID: '' })).toEqual({})
  })

  it('refuses files that are missing, too large or no files', async () => {
    const missing = loadSettings('/nowhere/node.yaml', {})
    await expect(missing).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: 'cannot read /nowhere/node.yaml: ENOENT',
    })
    await expect(settingsOf('#'.repeat(1024 * 1024 + 1))).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    await expect(loadSettings(directory(), {})).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })
})

describe('certificate files', () => {
  const { cert, key } = issue('hyphae.test', { hosts: ['127.0.0.1'] })

  it('[D101] are loaded and used', async () => {
    const within = directory()
    const settings = await settingsOf(
      `network: {listen_address: "wss://127.0.0.1:0"}\nsecurity: {certificate_file: ${file(cert, 'c', within)}, private_key_file: ${file(key, 'k', within)}}`,
    )
    const node = await createNode(nodeOptionsOf(settings, undefined, await loadTls(settings)))
    afterwards(() => node.close())
    expect(node.addresses[0]).toMatch(/^wss:/)
  })

  it('[D101] are named with their path where they cannot be', async () => {
    const bad = await settingsOf('security: {certificate_file: /nowhere/c.pem, private_key_file: /nowhere/k.pem}')
    await expect(loadTls(bad)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: 'security.certificate_file is "/nowhere/c.pem": the file cannot be read (ENOENT)',
    })
    const path = file('no PEM')
    const empty = await settingsOf(`security: {certificate_file: ${path}, private_key_file: ${path}}`)
    await expect(loadTls(empty)).rejects.toThrow('holds no such PEM block')
  })

  it('stand together or not at all', async () => {
    await expect(loadTls(await settingsOf('security: {certificate_file: a}'))).rejects.toThrow(
      'private_key_file is needed with it',
    )
    await expect(loadTls(await settingsOf('security: {private_key_file: a}'))).rejects.toThrow(
      'certificate_file is needed with it',
    )
    expect(await loadTls({})).toBeUndefined()
  })

  it('[D102] warns of a private key that others can read, and only of such a one', async () => {
    const within = directory()
    const [certificate, secret] = [file(cert, 'c', within), file(key, 'k', within)]
    const settings = { 'security.certificate_file': certificate, 'security.private_key_file': secret }
    chmodSync(secret, 0o644)
    expect((await loadTls(settings))?.warnings).toEqual([expect.stringContaining(`mode 0644): chmod 600 ${secret}`)])
    chmodSync(secret, 0o600)
    expect((await loadTls(settings))?.warnings).toEqual([])
  })
})

describe('hyphae config check', () => {
  it('shows what counts', async () => {
    const path = file(SEED, 'node.yaml')
    const io = new Inside({ HYPHAE_NETWORK__MAX_CONNECTIONS: '9' })
    expect(await io.run('config', 'check', path)).toBe(0)
    expect(io.stdout).toContain(`${path} is in order\n`)
    expect(io.stdout).toContain('network.max_connections: 9')
    const program = new Inside()
    expect(await program.run('config', 'check', path, '--json')).toBe(0)
    expect(linesOf(program.stdout)).toMatchObject([{ event: 'config', settings: { 'network.connection_timeout': 30 } }])
  })

  it('ends with 3 for a bad one, naming file, line, key, value and range', async () => {
    const path = file('network:\n  max_connections: -1\n', 'node.yaml')
    const io = new Inside()
    expect(await io.run('config', 'check', path)).toBe(3)
    expect(io.stderr).toContain(`${path}:2: network.max_connections is -1: a whole number from 1 to 100000 is needed`)
  })
})
