import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import config from '../../vitest.config.mjs'
import { onlyElsewhere } from '../../scripts/lib/only-elsewhere.mjs'
import { at } from '../../scripts/lib/project.mjs'
import { node } from '../../scripts/lib/run.mjs'

// A project in miniature inside this one, so that vitest and its coverage provider are found.
const folder = at('build/planted-coverage')
beforeAll(() => ['src', 'test'].forEach(name => mkdirSync(`${folder}/${name}`, { recursive: true })))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs this project's configuration over one source file with two branches, of which the test takes the given ones. */
async function runWith(inputs) {
  writeFileSync(
    `${folder}/src/planted.ts`,
    "export function sign(x: number) {\n  if (x < 0) return 'minus'\n  return 'plus'\n}\n",
  )
  const calls = inputs.map(input => `sign(${input})`).join('\n  ')
  writeFileSync(
    `${folder}/test/planted.test.ts`,
    `import { it } from 'vitest'\nimport { sign } from '../src/planted.js'\nit('runs', () => {\n  ${calls}\n})\n`,
  )
  const options = [
    '--root',
    folder,
    '--config',
    at('vitest.config.mjs'),
    '--coverage',
    '--coverage.reporter',
    'text-summary',
  ]
  return node(at('node_modules/vitest/vitest.mjs'), ['run', ...options])
}

describe('coverage gate', () => {
  it('[C65] the test command fails when a branch of src/ stays untested, and passes when none does', async () => {
    const half = await runWith([1])
    expect(half.code).not.toBe(0)
    expect(half.output).toMatch(/does not meet global threshold \(90%\)/)
    const whole = await runWith([1, -1])
    expect(whole.output).toMatch(/Branches +: 100%/)
    expect(whole.code).toBe(0)
  }, 60_000)

  it('asks for 90 % of lines and branches and leaves out no file but those listed with a reason', () => {
    const { thresholds, exclude, include } = config.test.coverage
    expect(thresholds).toMatchObject({ lines: 90, branches: 90 })
    expect(include).toEqual(['src/**/*.ts'])
    const listed = onlyElsewhere.map(entry => entry.path)
    expect(exclude).toEqual(['src/**/*.d.ts', 'src/kernels/embedded.ts', ...listed])
    expect(onlyElsewhere.every(entry => entry.reason.length > 10)).toBe(true)
    expect(listed.filter(path => path.includes('*'))).toEqual([])
  })

  it.runIf(existsSync(at('src/index.ts')))('lists no file that is gone', () => {
    expect(onlyElsewhere.map(entry => entry.path).filter(path => !existsSync(at(path)))).toEqual([])
  })
})
