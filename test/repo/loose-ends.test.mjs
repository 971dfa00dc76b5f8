import { expect, it } from 'vitest'
import { findLooseEnds } from '../../scripts/check/loose-ends.mjs'
import { sourcesOf } from './sources.mjs'

const judge = text => findLooseEnds(sourcesOf({ 'test/a.test.ts': text }))

it.each([
  ['// TODO later'],
  ['/** FIXME */'],
  ["it.only('a', () => {})"],
  ["describe.skip('a', () => {})"],
  ["it.skip.each([1])('a', () => {})"],
  ["test.concurrent.only('a', () => {})"],
  ["it.todo('a')"],
])('finds %s', text => {
  expect(judge(text)).toHaveLength(1)
})

it.each([["const todo = 'TODO'"], ['stream.skip(4)'], ["it.skipIf(noIpv6)('a', () => {})"], ['options.only(1)']])(
  'leaves alone: %s',
  text => {
    expect(judge(text)).toEqual([])
  },
)
