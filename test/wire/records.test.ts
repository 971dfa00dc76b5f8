import { expect, it } from 'vitest'
import { LIMITS } from '../../src/core/limits.js'
import { DATAGRAM_HEADER, phaseByte, RECORD, RECORD_TYPE } from '../../src/wire/records.js'
import { XWING } from '../../src/wire/xwing.js'

it('a record has 20 bytes beyond its body and fills its length field exactly', () => {
  expect(RECORD.overhead).toBe(RECORD.header + RECORD.type + RECORD.tag)
  expect(RECORD.maxBody + RECORD.type + RECORD.tag).toBe(LIMITS.maxRecordBytes)
  expect(DATAGRAM_HEADER).toBe(1 + 8)
})

it('phases count epochs and steps modulo 16, and no next step looks like a next epoch', () => {
  expect([phaseByte(0, 0), phaseByte(1, 2), phaseByte(16, 16), phaseByte(17, 15)]).toEqual([0, 0x12, 0, 0x1f])
  for (let epoch = 0; epoch < 16; epoch++) {
    for (let step = 0; step < 16; step++) {
      const now = phaseByte(epoch, step)
      expect(new Set([now, phaseByte(epoch, step + 1), phaseByte(epoch + 1, 0)]).size).toBe(3)
    }
  }
})

it('numbers of record types and sizes of X-Wing are part of the protocol', () => {
  expect(Object.values(RECORD_TYPE)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(XWING).toEqual({ publicKey: 1216, ciphertext: 1120, seed: 32, secret: 32, coins: 64 })
})
