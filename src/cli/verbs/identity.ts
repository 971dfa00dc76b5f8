import { HyphaeError } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import type { Identity, SuiteId } from '../../index.js'
import { identities } from '../../platform/node.js'
import type { Arguments } from '../arguments.js'
import { choice } from '../config/rules.js'
import { EXIT } from '../exit-codes.js'
import { readSmall, writeWhole } from '../files.js'
import { askPassphrase, PASSPHRASE_FLAG } from '../passphrase.js'
import type { Reporter } from '../reporter.js'
import { JSON_FLAG, type Verb } from '../verb.js'

const SUITES = { 'ML-DSA-65': 1, 'ML-DSA-87': 2, 'SLH-DSA': 3 } as const
const SUITE_NAMES: Readonly<Record<SuiteId, string>> = {
  1: 'ML-DSA-65 + Ed25519',
  2: 'ML-DSA-87 + ECDSA P-384',
  3: 'SLH-DSA-SHA2-128s',
}

/** `hyphae identity new`. */
export const identityNew: Verb = {
  syntax: {
    name: 'identity new',
    summary: 'makes an identity and writes it to FILE, encrypted under a passphrase',
    positionals: ['FILE'],
    flags: {
      suite: {
        value: 'NAME',
        text: `signatures of the root key: ${Object.keys(SUITES).join(', ')} (default ML-DSA-65)`,
      },
      ...PASSPHRASE_FLAG,
      ...JSON_FLAG,
    },
  },
  async run(args, reporter) {
    const suite = suiteOf(args)
    const path = args.required(0)
    const passphrase = await askPassphrase(args, reporter.io, true)
    const identity = identities.create({ suite })
    await writeWhole(path, await identities.export(identity, passphrase), true)
    tell(reporter, 'identity:new', path, identity)
    return EXIT.ok
  },
}

/** `hyphae identity show`. */
export const identityShow: Verb = {
  syntax: {
    name: 'identity show',
    summary: 'shows peer id and fingerprint of an identity',
    positionals: ['FILE'],
    flags: { ...PASSPHRASE_FLAG, ...JSON_FLAG },
  },
  async run(args, reporter) {
    const { identity } = await load(args, reporter)
    tell(reporter, 'identity:show', args.required(0), identity)
    return EXIT.ok
  },
}

/** `hyphae identity rotate`. */
export const identityRotate: Verb = {
  syntax: {
    name: 'identity rotate',
    summary: 'replaces the root key by the one pre-committed to; the peer id stays',
    positionals: ['FILE'],
    flags: { ...PASSPHRASE_FLAG, ...JSON_FLAG },
  },
  async run(args, reporter) {
    const { identity, passphrase } = await load(args, reporter)
    await identity.rotate()
    await writeWhole(args.required(0), await identities.export(identity, passphrase), false)
    tell(reporter, 'identity:rotate', args.required(0), identity)
    return EXIT.ok
  },
}

async function load(args: Arguments, reporter: Reporter): Promise<{ identity: Identity; passphrase: string }> {
  const file = await readSmall(args.required(0), LIMITS.maxIdentityFileBytes)
  const passphrase = await askPassphrase(args, reporter.io, false)
  return { identity: await identities.import(file, passphrase), passphrase }
}

function suiteOf(args: Arguments): SuiteId {
  const name = args.text('suite') ?? 'ML-DSA-65'
  const outcome = choice<SuiteId>(SUITES)(name)
  if ('value' in outcome) return outcome.value
  throw new HyphaeError('INVALID_ARGUMENT', `--suite is ${JSON.stringify(name)}: one of ${outcome.expected} is needed`)
}

function tell(reporter: Reporter, event: string, path: string, identity: Identity): void {
  const { id, fingerprint, suite, rotation } = identity
  const groups = fingerprint.split(' ')
  const half = groups.length / 2
  const lines = [
    `file         ${path}`,
    `peer id      ${id}`,
    `fingerprint  ${groups.slice(0, half).join(' ')}`,
    `             ${groups.slice(half).join(' ')}`,
    `suite        ${SUITE_NAMES[suite]}`,
    `rotations    ${rotation} of ${LIMITS.maxRotations}`,
  ]
  reporter.say(lines.join('\n'), { event, file: path, peer: id, fingerprint, suite: SUITE_NAMES[suite], rotation })
}
