import { expect, it } from 'vitest'
import { CELL, cellGeometry, MAX_BATCH_CELLS, SMALL_CELL } from '../../src/wire/cells.js'

it('cells have a head of 24 bytes, zeros first, and the rest is body', () => {
  expect([CELL.bytes, SMALL_CELL.bytes]).toEqual([1024, 512])
  for (const cell of [CELL, SMALL_CELL, cellGeometry(1024)]) {
    expect(cell.headBytes + cell.bodyBytes).toBe(cell.bytes)
    expect(cell.body).toBe(cell.headBytes)
    const fields = [cell.zeroBytes, cell.command, cell.flags, cell.length, cell.stream, cell.body]
    expect(fields).toEqual([16, 16, 17, 18, 20, 24])
    // The body ends with 40 bytes of a block of 64: the kernels are made for that.
    expect(cell.bodyBytes % 64).toBe(40)
  }
  expect(CELL.bodyBytes).toBe(1000)
  expect(MAX_BATCH_CELLS * CELL.bytes).toBe(65_536)
})
