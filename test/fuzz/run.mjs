// npm run fuzz -- [--minutes N] [--decoder NAME] [--seed S] [--grow]: mutants of the corpus and random bytes against every
// decoder for so long, without a notion of coverage. What one falls over is kept in test/fuzz/corpus, where npm test meets it
// from then on; with --grow so are inputs that are answered in a way not seen before.
import { at } from '../../scripts/lib/project.mjs'
import { execute } from '../../scripts/lib/run.mjs'

const args = process.argv.slice(2)
const value = name => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined)
const minutes = Number(value('--minutes') ?? 1)
const seed = Number(value('--seed') ?? Date.now() % 2 ** 31)
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error('usage: npm run fuzz -- [--minutes N] [--decoder NAME] [--seed S] [--grow]')
  process.exit(2)
}
console.error(`fuzz: ${minutes} min from seed ${seed}`)
process.env['HYPHAE_FUZZ'] = JSON.stringify({
  minutes,
  seed,
  decoder: value('--decoder'),
  grow: args.includes('--grow'),
})
const vitest = [at('node_modules/vitest/vitest.mjs'), 'run', 'test/fuzz/fuzz.test.ts', '--disable-console-intercept']
process.exit((await execute(process.execPath, vitest, { show: true })).code)
