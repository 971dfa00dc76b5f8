import { describe, expect, it } from 'vitest'
import {
  coverage,
  findUnknownIds,
  idsOf,
  parseRequirements,
  readRequirements,
  titlesIn,
} from '../../scripts/requirements/read.mjs'
import { parse } from '../../scripts/lib/syntax.mjs'

const titles = text => titlesIn(parse('a.test.ts', text), 'test/a.test.ts')

describe('requirement ids', () => {
  it('reads ids from the start of a title only', () => {
    expect(idsOf('[C5, C42] sends in order')).toEqual(['C5', 'C42'])
    expect(idsOf('[§6.9] [E1] drops')).toEqual(['§6.9', 'E1'])
    expect(idsOf('says [C5] in the middle')).toEqual([])
  })

  it('reads titles of every form of test, and none that is skipped', () => {
    const text = `
      it('[A1] one', () => {})
      it.each([1])('[A2] two %i', () => {})
      test.each\`a\`('[A3] three', () => {})
      it(\`[A4] four \${size}\`, () => {})
      it.skip('[A5] five', () => {})
      it.todo('[A6] six')
      other('[A7] seven')`
    expect(titles(text).flatMap(title => title.ids)).toEqual(['A1', 'A2', 'A3', 'A4'])
  })

  it('refuses an id that no table knows', () => {
    const rows = parseRequirements('## A. Part\n### Section\n| A1 | what | S | how |')
    expect(findUnknownIds(titles("it('[A1] fine', f)"), rows)).toEqual([])
    expect(findUnknownIds(titles("it('[A99] slip', f)"), rows)).toEqual([expect.stringContaining('A99')])
  })

  it('sets titles against the list', () => {
    const rows = parseRequirements('## A. Part\n### Section\n| A1 | what | S | how |\n| A2 | what | E | |')
    const [first, second] = coverage(rows, titles("it('[A1] fine', f)"))
    expect(first).toMatchObject({ id: 'A1', section: 'A. Section', by: 'S', tests: ['test/a.test.ts:1'] })
    expect(second).toMatchObject({ id: 'A2', tests: [] })
  })

  it('has a committed list in which every id stands once', () => {
    const ids = readRequirements().map(row => row.id)
    expect(ids).toHaveLength(612)
    expect(new Set(ids).size).toBe(612)
  })
})
