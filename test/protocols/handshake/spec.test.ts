import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { withBlocks } from '../../support/handshake-tables.js'

const file = new URL('../../../docs/protocol.md', import.meta.url)

it('the tables of docs/protocol.md are those of the code (UPDATE_DOCS=1 writes them anew)', () => {
  const text = readFileSync(file, 'utf8')
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, withBlocks(text))
  expect(readFileSync(file, 'utf8')).toBe(withBlocks(text))
})
