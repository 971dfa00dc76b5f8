import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findImportEffects } from '../../scripts/check/inert.mjs'

let folder
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'hyphae-inert-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function effectsOf(text) {
  const file = join(folder, `${Math.random()}.mjs`)
  writeFileSync(file, text)
  return findImportEffects([file])
}

it.each([
  ['setTimeout', 'setTimeout(() => {}, 0)'],
  ['queueMicrotask', 'queueMicrotask(() => {})'],
  ['WebAssembly.Module', 'new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))'],
  ['crypto.getRandomValues', 'crypto.getRandomValues(new Uint8Array(1))'],
  ['stdout', "console.log('hello')"],
  ['process.on', "process.on('exit', () => {})"],
  ['the global planted', 'globalThis.planted = 1'],
])('sees %s at import', async (what, text) => {
  expect(await effectsOf(text)).toEqual([expect.stringContaining(what)])
})

it('lets a module define things', async () => {
  expect(await effectsOf('export const later = () => setTimeout(() => {}, 0)\nexport const map = new Map()')).toEqual(
    [],
  )
})
