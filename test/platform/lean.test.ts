import { afterEach, describe, expect, it } from 'vitest'
import { hasSuite } from '../../src/crypto/suites.js'
import { suites } from '../../src/crypto/further-suites.js'
import { leanPublicKeyCrypto } from '../../src/crypto/lean.js'
import { nobleMlKem768 } from '../../src/crypto/ml-kem.js'
import { ChainVerifier } from '../../src/crypto/identity/chain.js'
import { localSigner } from '../../src/crypto/identity/signer.js'
import { isHyphaeError } from '../../src/core/errors.js'
import type { HyphaeNode } from '../../src/node/api/node.js'
import * as browser from '../../src/platform/browser.js'
import * as node from '../../src/platform/node.js'
import { systemRandom } from '../../src/platform/random.js'
import { createMemoryNetwork } from '../../src/transports/memory.js'
import { identityBench } from '../crypto/identities.js'

const KDF = { logN: 10, r: 8, p: 1 }
const open: HyphaeNode[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.close({ timeoutMs: 0 })))
})

/** A Node whose root is of suite 2, and what dials it as a browser would. */
async function strongServer() {
  const { transport } = createMemoryNetwork()
  const server = await node.createNode({ transports: [transport], listen: ['memory://'], identity: { suite: 2 } })
  server.handle('echo', body => body)
  open.push(server)
  return {
    address: `${server.addresses[0]}#${server.id}`,
    async page(options: Parameters<typeof browser.createNode>[0]) {
      const page = await browser.createNode({ transports: [transport], ...options })
      open.push(page)
      return page
    },
  }
}

async function refusalOf(work: () => unknown): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    return isHyphaeError(error) ? `${error.code}: ${error.remedy}` : error
  }
}

const REMEDY = "SUITE_UNAVAILABLE: import { suites } from 'hyphae/suites' and pass it: createNode({ suites })"

describe('the lean default of browsers and workers', () => {
  it('refuses a peer of a suite it was not given, by a code of its own and with what to import', async () => {
    const { address, page } = await strongServer()
    const lean = await page({})
    expect(await refusalOf(() => lean.connect(address))).toBe(REMEDY)
    expect(lean.peers().filter(({ state }) => state === 'connected')).toEqual([])
  })

  it('takes that peer once it is given the suites', async () => {
    const { address, page } = await strongServer()
    const full = await page({ suites })
    const peer = await full.connect(address)
    expect(await full.request(peer, 'echo', 7)).toBe(7)
  })

  it('makes and opens identities of suite 2 only with the suites', async () => {
    expect(await refusalOf(() => browser.identities.create({ suite: 2 }))).toBe(REMEDY)
    expect(await refusalOf(() => browser.identities.create({ suite: 3 }))).toBe(REMEDY)
    const identity = browser.identities.create({ suite: 2, suites })
    const file = await browser.identities.export(identity, 'a good passphrase', { kdf: KDF })
    expect(await refusalOf(() => browser.identities.import(file, 'a good passphrase'))).toBe(REMEDY)
    expect((await browser.identities.import(file, 'a good passphrase', { suites })).id).toBe(identity.id)
    await browser.identities.prepare()
  })

  it('says so of certificates, rotations and revocations, and takes none of them on trust', async () => {
    const bench = identityBench(9)
    const { networkId, wallMs } = bench
    const lean = { blake3: bench.ports.kernels.blake3, publicKey: leanPublicKeyCrypto(systemRandom, nobleMlKem768) }
    const verifier = new ChainVerifier({ crypto: lean, networkId })
    const refused = { ok: false, code: 'SUITE_UNAVAILABLE', reason: 'suite-unavailable', alarm: false }
    const strong = bench.create({ suite: 2, next: 'none' })
    expect(verifier.verify((await strong.issue({ networkId, wallMs })).chain, wallMs)).toEqual(refused)
    const record = await strong.revoke({ throughSeq: 1, wallMs })
    expect(verifier.revoke(record, strong.rootChain)).toEqual(refused)

    const { ports } = bench
    const grown = bench.create({ next: localSigner(ports.publicKey, ports.random, 2) })
    expect(verifier.verify((await grown.issue({ networkId, wallMs })).chain, wallMs).ok).toBe(true)
    expect(verifier.learnRoot(await grown.rotate('none'))).toEqual(refused)
  })

  it('has suite 1 always, 2 only with both of its halves', () => {
    const lean = leanPublicKeyCrypto(systemRandom, nobleMlKem768)
    expect([1, 2, 3].map(suite => hasSuite(lean, suite as 1 | 2 | 3))).toEqual([true, false, false])
    expect(hasSuite({ ...lean, mldsa87: suites.mldsa87 }, 2)).toBe(false)
    expect(hasSuite({ ...lean, ...suites }, 2)).toBe(true)
    expect(hasSuite({ ...lean, ...suites }, 3)).toBe(true)
  })
})
