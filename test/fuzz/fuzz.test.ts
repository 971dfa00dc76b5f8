import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check, Finding } from './check.js'
import { corpusOf, keep } from './corpus.js'
import type { Decoder } from './decoder.js'
import { DECODERS, EXEMPT } from './decoders.js'
import { Dice, mutant } from './mutate.js'

/** Set by `npm run fuzz`: how long, on whom, from which seed. */
interface Long {
  readonly minutes: number
  readonly decoder: string | undefined
  readonly seed: number
  readonly grow: boolean
}

const long = process.env['HYPHAE_FUZZ'] === undefined ? undefined : (JSON.parse(process.env['HYPHAE_FUZZ']) as Long)
const SHORT_MS = 180
const SHORT_SEED = 20_250
const MAX_KEPT_BYTES = 1024
const MAX_KEPT = 24

const src = fileURLToPath(new URL('../../src', import.meta.url))

/** Exported functions and classes that are called readers, as `path#symbol`. */
function readers(): string[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
  const pattern =
    /^export (?:async )?(?:function ((?:decode|read|parse|import|unpack|get)[A-Z]\w*|from(?:Hex|Base32)|parse|packetLength|entriesOfYaml|safeName)|class (\w*(?:Reader|Assembly|Deframer|Decoder|MuxReceiver|Responder|Initiator)))\b/gm
  return files.flatMap(file =>
    [...readFileSync(join(src, file), 'utf8').matchAll(pattern)].map(
      match => `src/${relative('.', file).split(sep).join('/')}#${match[1] ?? match[2]}`,
    ),
  )
}

if (long === undefined)
  describe('decoders', () => {
    it('are all fuzzed: who adds one adds it to test/fuzz/decoders.ts', () => {
      const known = new Set([...DECODERS.flatMap(decoder => decoder.covers), ...Object.keys(EXEMPT)])
      const found = readers()
      expect(found.filter(reader => !known.has(reader))).toEqual([])
      expect([...known].filter(reader => !found.includes(reader))).toEqual([])
      expect(new Set(DECODERS.map(decoder => decoder.name)).size).toBe(DECODERS.length)
    })

    describe.each(DECODERS.map(decoder => [decoder.name, decoder] as const))('%s', (_name, decoder) => {
      it('[C70] takes its own valid encodings and the corpus within its bounds, throwing nothing without a code', async () => {
        const corpus = corpusOf(decoder.name)
        expect(corpus.length).toBeGreaterThan(0)
        for (const input of [...decoder.seeds(), ...corpus]) await check(decoder, input)
      })

      it('[C70] takes mutants and random bytes within its bounds, throwing nothing without a code', async () => {
        const corpus = [...decoder.seeds(), ...corpusOf(decoder.name)]
        const dice = new Dice(SHORT_SEED)
        const endMs = performance.now() + SHORT_MS
        while (performance.now() < endMs) await check(decoder, mutant(corpus, dice))
        await fc.assert(
          fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => void (await check(decoder, bytes))),
          { seed: 70, numRuns: 30 },
        )
      })
    })
  })

/** One decoder for a while; findings go into the corpus, where every later run meets them. */
async function hunt(decoder: Decoder, untilMs: number, seed: number, grow: boolean): Promise<Finding[]> {
  const corpus = [...decoder.seeds(), ...corpusOf(decoder.name)]
  const dice = new Dice(seed)
  const findings: Finding[] = []
  const said = new Set<string>()
  let kept = corpusOf(decoder.name).length
  for (const input of corpus) said.add(await check(decoder, input).catch(String))
  if (grow && kept === 0) {
    for (const input of decoder.seeds()) keep(decoder.name, input)
    kept = decoder.seeds().length
  }
  let runs = 0
  while (performance.now() < untilMs && findings.length < 10) {
    const input = mutant(corpus, dice)
    runs++
    try {
      const what = await check(decoder, input)
      if (said.has(what)) continue
      said.add(what)
      corpus.push(input)
      if (grow && kept < MAX_KEPT && input.length <= MAX_KEPT_BYTES) {
        keep(decoder.name, input)
        kept++
      }
    } catch (error) {
      if (!(error instanceof Finding)) throw error
      findings.push(error)
      console.log(
        `FOUND ${error.message}\n  kept as test/fuzz/corpus/${keep(decoder.name, input)}: mend the decoder and commit the file`,
      )
    }
  }
  console.log(
    `${decoder.name.padEnd(20)} ${String(runs).padStart(8)} inputs, ${said.size} ways to answer, ${findings.length} findings`,
  )
  return findings
}

if (long !== undefined)
  describe('a long hunt', () => {
    it('finds nothing', async () => {
      const { minutes, decoder: only, seed, grow } = long
      const chosen = DECODERS.filter(decoder => only === undefined || decoder.name === only)
      expect(chosen.length, `there is no decoder ${only}: ${DECODERS.map(one => one.name).join(', ')}`).toBeGreaterThan(
        0,
      )
      const each = (minutes * 60_000) / chosen.length
      const findings: Finding[] = []
      for (const decoder of chosen) findings.push(...(await hunt(decoder, performance.now() + each, seed, grow)))
      expect(findings.map(finding => finding.message)).toEqual([])
    }, 86_400_000)
  })
