import { describe, expect, it } from 'vitest'
import { ERROR_CODES, type ErrorCode, HyphaeError, isHyphaeError } from '../../src/core/errors.js'

describe('HyphaeError', () => {
  it('carries code, text, remedy, retryable, details and cause', () => {
    const cause = new Error('underneath')
    const error = new HyphaeError('TIMEOUT', 'no answer', {
      remedy: 'wait',
      retryable: true,
      details: { ms: 5 },
      cause,
    })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'HyphaeError',
      code: 'TIMEOUT',
      message: 'no answer',
      remedy: 'wait',
      retryable: true,
    })
    expect(error.details).toEqual({ ms: 5 })
    expect(error.cause).toBe(cause)
  })

  it('falls back to the remedy of the code and to not retryable', () => {
    const error = new HyphaeError('NO_ADDRESS', 'none')
    expect(error).toMatchObject({ remedy: ERROR_CODES.NO_ADDRESS, retryable: false, details: {} })
    expect('cause' in error).toBe(false)
  })

  it('is told by isHyphaeError, by code, and across copies of the package', () => {
    const error = new HyphaeError('CLOSED', 'over')
    expect([isHyphaeError(error), isHyphaeError(error, 'CLOSED'), isHyphaeError(error, 'TIMEOUT')]).toEqual([
      true,
      true,
      false,
    ])
    const foreign = Object.assign(new Error('over'), { name: 'HyphaeError', code: 'CLOSED' })
    expect(isHyphaeError(foreign, 'CLOSED')).toBe(true)
    for (const other of [new Error('CLOSED'), 'CLOSED', undefined, null, { name: 'HyphaeError', code: 'CLOSED' }]) {
      expect(isHyphaeError(other)).toBe(false)
    }
  })

  it('every code is upper snake case and says what to do', () => {
    for (const [code, remedy] of Object.entries(ERROR_CODES) as [ErrorCode, string][]) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
      expect([code, remedy.length > 10]).toEqual([code, true])
    }
  })
})
