import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createNode } from '../../src/platform/node.js'
import { afterwards, directory, file, Inside, linesOf } from './support.js'

const SECRET = { HYPHAE_PASSPHRASE: 'correct horse' }

async function show(path: string) {
  const io = new Inside(SECRET)
  expect(await io.run('identity', 'show', path, '--json')).toBe(0)
  return linesOf(io.stdout)[0]
}

describe('hyphae identity', () => {
  it('makes, shows and rotates one; the peer id stays', async () => {
    const path = join(directory(), 'id')
    const made = new Inside(SECRET)
    expect(await made.run('identity', 'new', path)).toBe(0)
    expect(made.stdout).toMatch(
      /peer id {6}[a-z2-7]{52}\nfingerprint {2}(\d{5} ?){6}\n {13}(\d{5} ?){6}\nsuite {8}ML-DSA-65 \+ Ed25519\nrotations {4}0 of 16/,
    )
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const before = await show(path)
    expect(await new Inside(SECRET).run('identity', 'rotate', path)).toBe(0)
    expect(await show(path)).toEqual({ ...before, rotation: 1 })
    const node = await createNode({ identity: { path, passphrase: SECRET.HYPHAE_PASSPHRASE } })
    afterwards(() => node.close())
    expect([node.id, node.fingerprint]).toEqual([before.peer, before.fingerprint])
  })

  it('takes another suite, and the passphrase from a file', async () => {
    const within = directory()
    const words = file('from the file\nnot this\n', 'words', within)
    const path = join(within, 'id')
    const io = new Inside()
    expect(await io.run('identity', 'new', path, '--suite', 'ML-DSA-87', '--passphrase-file', words, '--json')).toBe(0)
    expect(linesOf(io.stdout)).toMatchObject([{ event: 'identity:new', suite: 'ML-DSA-87 + ECDSA P-384' }])
    expect(await new Inside().run('identity', 'show', path, '--passphrase-file', words)).toBe(0)
    expect(await new Inside(SECRET).run('identity', 'show', path)).toBe(7)
  })

  it('asks for the passphrase, twice for a new one', async () => {
    const path = join(directory(), 'id')
    const io = new Inside()
    io.answers.push('typed', 'typed')
    expect(await io.run('identity', 'new', path)).toBe(0)
    expect(io.asked).toEqual(['passphrase: ', 'the same again: '])
    const again = new Inside()
    again.answers.push('typed')
    expect(await again.run('identity', 'show', path)).toBe(0)
    expect(again.asked).toEqual(['passphrase: '])
  })

  it('ends with 2 without a passphrase, with two different ones, an empty file, or a path that is taken', async () => {
    const path = join(directory(), 'id')
    const nobody = new Inside()
    expect(await nobody.run('identity', 'new', path)).toBe(2)
    expect(nobody.stderr).toContain('set HYPHAE_PASSPHRASE')
    const slip = new Inside()
    slip.answers.push('one', 'two')
    expect(await slip.run('identity', 'new', path)).toBe(2)
    expect(slip.stderr).toContain('the two passphrases differ')
    expect(await new Inside().run('identity', 'new', path, '--passphrase-file', file('\n'))).toBe(2)
    expect(await new Inside(SECRET).run('identity', 'new', file('taken'))).toBe(2)
  })

  it('ends with 7 for a file that is no identity, with 8 for one that is not there', async () => {
    expect(await new Inside(SECRET).run('identity', 'show', file('something else'))).toBe(7)
    expect(await new Inside(SECRET).run('identity', 'show', '/nowhere/id')).toBe(8)
  })
})
