import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { typedoc } from '../../scripts/check/docs.mjs'
import { at } from '../../scripts/lib/project.mjs'

// Inside the project, where the compiler finds what it needs; build/ is never committed.
const folder = at('build/planted-docs')
beforeAll(() => mkdirSync(folder, { recursive: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function judge(text) {
  const file = `${folder}/planted.ts`
  writeFileSync(file, text)
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({ compilerOptions: { module: 'NodeNext' }, files: ['planted.ts'] }),
  )
  await typedoc([file], ['--emit', 'none', '--readme', 'none'], `${folder}/tsconfig.json`)
}

it('[E58] an exported symbol without documentation fails the documentation step of the check command', async () => {
  await expect(judge('export const undocumented = 1\n')).rejects.toThrow('does not have any documentation')
  await expect(judge('/** {@link nowhere} */\nexport const misled = 1\n')).rejects.toThrow('nowhere')
  await judge('/** Says what it is. */\nexport const documented = 1\n')
}, 60_000)
