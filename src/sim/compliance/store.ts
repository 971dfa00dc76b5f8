import type { Store } from '../../ports/store.js'
import { check, checkEqual, checkRejects, pattern, type ComplianceCase } from './case.js'

/** The store under test. */
export interface StoreSubject {
  /** Opens an empty store. */
  open(): Promise<Store>
  /** Closes a store and opens the same data again, where it outlives the object. */
  reopen?(store: Store): Promise<Store>
}

/**
 * The contract of {@link Store} as cases for any test runner.
 *
 * @example
 * ```ts
 * for (const { name, run } of storeCompliance({ open: () => openMyStore() })) test(name, run)
 * ```
 */
export function storeCompliance(subject: StoreSubject): ComplianceCase[] {
  const cases: (readonly [string, (store: Store) => Promise<void>])[] = [
    ['answers undefined for what was never put', neverPut],
    ['gives back what was put, of any length', roundTrip],
    ['copies values in and out', copies],
    ['overwrites and deletes', overwrites],
    ['lists keys by prefix in ascending order', lists],
    ['tells keys apart that differ in case or signs only', tellsApart],
    ['keeps the last of many writes of one key', lastWrite],
    ['refuses keys that are none', refusesKeys],
    ['answers CLOSED after close, and closes twice', closes],
  ]
  const named = cases.map(([name, body]) => ({ name, run: () => withStore(subject, body) }))
  const { reopen } = subject
  if (!reopen) return named
  return [
    ...named,
    { name: 'keeps values over closing and opening again', run: () => withStore(subject, survives(reopen)) },
  ]
}

async function withStore(subject: StoreSubject, body: (store: Store) => Promise<void>): Promise<void> {
  const store = await subject.open()
  try {
    await body(store)
  } finally {
    await store.close()
  }
}

async function neverPut(store: Store): Promise<void> {
  checkEqual(await store.get('never/put'), undefined, 'a value never put')
  await store.delete('never/put')
  checkEqual((await store.list('')).length, 0, 'keys of an empty store')
}

async function roundTrip(store: Store): Promise<void> {
  for (const length of [0, 1, 255, 4096, 1_048_577]) {
    await store.put('value', pattern(length, length))
    same(await store.get('value'), pattern(length, length))
  }
}

async function copies(store: Store): Promise<void> {
  const value = pattern(0, 100)
  const putting = store.put('copied', value)
  value.fill(0)
  await putting
  const first = await store.get('copied')
  same(first, pattern(0, 100))
  first?.fill(0)
  same(await store.get('copied'), pattern(0, 100))
}

async function overwrites(store: Store): Promise<void> {
  await store.put('key', pattern(0, 300))
  await store.put('key', pattern(7, 20))
  same(await store.get('key'), pattern(7, 20))
  await store.delete('key')
  checkEqual(await store.get('key'), undefined, 'a deleted value')
  checkEqual((await store.list('')).length, 0, 'keys after the deletion')
}

async function lists(store: Store): Promise<void> {
  const keys = ['outbox/10', 'outbox/9', 'outbox', 'outbox/', 'Outbox/1', 'ticket/a', 'a']
  for (const key of keys) await store.put(key, pattern(0, 1))
  checkEqual((await store.list('')).join(' '), 'Outbox/1 a outbox outbox/ outbox/10 outbox/9 ticket/a', 'all keys')
  checkEqual((await store.list('outbox/')).join(' '), 'outbox/ outbox/10 outbox/9', 'keys of a prefix')
  checkEqual((await store.list('none')).length, 0, 'keys of a prefix that no key has')
}

async function tellsApart(store: Store): Promise<void> {
  const keys = [
    'key',
    'KEY',
    'k%65y',
    '..',
    '.',
    '../key',
    'key/',
    'key\\',
    'key:1',
    'key?*',
    'con',
    '~',
    '%',
    '-',
    '_',
  ]
  for (const [i, key] of keys.entries()) await store.put(key, pattern(i, 10))
  for (const [i, key] of keys.entries()) same(await store.get(key), pattern(i, 10))
  checkEqual((await store.list('')).join(' '), [...keys].sort().join(' '), 'keys')
}

async function lastWrite(store: Store): Promise<void> {
  const writes: Promise<void>[] = []
  for (let i = 0; i < 20; i++) writes.push(store.put('busy', pattern(i, 1000)))
  await Promise.all(writes)
  same(await store.get('busy'), pattern(19, 1000))
  await Promise.all([store.put('busy', pattern(0, 10)), store.delete('busy')])
  checkEqual(await store.get('busy'), undefined, 'a value deleted after it was put')
}

async function refusesKeys(store: Store): Promise<void> {
  for (const key of ['', 'a b', 'ü', 'line\nbreak', 'x'.repeat(201)]) {
    await checkRejects(store.put(key, pattern(0, 1)), 'INVALID_ARGUMENT')
    await checkRejects(store.get(key), 'INVALID_ARGUMENT')
    await checkRejects(store.delete(key), 'INVALID_ARGUMENT')
  }
  await store.put('x'.repeat(200), pattern(0, 1))
}

async function closes(store: Store): Promise<void> {
  await store.put('key', pattern(0, 1))
  await store.close()
  await store.close()
  await checkRejects(store.get('key'), 'CLOSED')
  await checkRejects(store.put('key', pattern(0, 1)), 'CLOSED')
  await checkRejects(store.delete('key'), 'CLOSED')
  await checkRejects(store.list(''), 'CLOSED')
}

function survives(reopen: (store: Store) => Promise<Store>): (store: Store) => Promise<void> {
  return async store => {
    await store.put('kept/1', pattern(1, 500))
    await store.put('kept/2', pattern(2, 500))
    await store.delete('kept/2')
    const again = await reopen(store)
    try {
      same(await again.get('kept/1'), pattern(1, 500))
      checkEqual((await again.list('')).join(' '), 'kept/1', 'keys after opening again')
    } finally {
      await again.close()
    }
  }
}

function same(actual: Uint8Array | undefined, expected: Uint8Array): void {
  check(actual !== undefined, 'the value is missing')
  checkEqual(actual.length, expected.length, 'length of the value')
  for (let i = 0; i < expected.length; i++) check(actual[i] === expected[i], `byte ${i} of the value differs`)
}
