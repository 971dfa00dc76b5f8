import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { failOn, inOrder, sideBySide } from '../../scripts/lib/steps.mjs'

let lines
beforeEach(() => {
  lines = []
  vi.spyOn(console, 'error').mockImplementation(line => lines.push(line))
})
afterEach(() => vi.restoreAllMocks())

const fails = () => failOn(['a finding'])

it('reports a failing step as failed and goes on with the others', async () => {
  const results = await sideBySide([
    ['bad', fails],
    ['good', () => 'a note'],
  ])
  expect(results.map(({ name, ok }) => [name, ok]).sort()).toEqual([
    ['bad', false],
    ['good', true],
  ])
  expect(lines.join('\n')).toMatch(/FAIL .* bad\n +a finding/)
  expect(lines.join('\n')).toMatch(/ok .* good: a note/)
})

it('stops at the first failure where steps build on one another', async () => {
  const after = vi.fn()
  expect(
    await inOrder([
      ['bad', fails],
      ['after', after],
    ]),
  ).toBe(false)
  expect(after).not.toHaveBeenCalled()
})

it('fails on findings and passes without', () => {
  expect(() => failOn([])).not.toThrow()
  expect(() => failOn(['x'], 'do y')).toThrow('x\ndo y')
})
