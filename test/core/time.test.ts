import { describe, expect, it } from 'vitest'
import { earlier } from '../../src/core/time.js'

describe('earlier', () => {
  it('takes the smaller of two deadlines, and the one there is of one', () => {
    expect([earlier(1, 2), earlier(2, 1), earlier(0, 5)]).toEqual([1, 1, 0])
    expect([earlier(undefined, 2), earlier(2, undefined), earlier(undefined, undefined)]).toEqual([2, 2, undefined])
  })
})
