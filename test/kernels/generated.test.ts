import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const folder = new URL('../../assembly/', import.meta.url)

it('the generated kernel sources are what their generator writes', async () => {
  const generator = (await import(new URL('generate.mjs', folder).href)) as {
    generated: () => { path: string; text: string }[]
  }
  const files = generator.generated()
  const present = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(path =>
    path.endsWith('.generated.ts'),
  )
  expect(files.map(file => file.path).sort()).toEqual(present.sort())
  expect(files).toHaveLength(15)
  for (const { path, text } of files) expect(readFileSync(new URL(path, folder), 'utf8'), path).toBe(text)
})
