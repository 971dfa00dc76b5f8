import { describe, expect, it } from 'vitest'
import { at, readJson } from '../../scripts/lib/project.mjs'

const folders = ['.', 'test/runtimes', 'bench/peers']
const packagesOf = folder => readJson(at(folder, 'package-lock.json')).packages

/** Whether a dependency of the package at `place` stands in the lock file, in its own folder or in one above. */
function isLocked(packages, place, name) {
  const path = place === '' ? [] : place.split('/node_modules/')
  for (let depth = path.length; depth >= 0; depth--) {
    const parent = path.slice(0, depth).join('/node_modules/')
    if (packages[parent === '' ? `node_modules/${name}` : `${parent}/node_modules/${name}`]) return true
  }
  return false
}

/** Optional parts (one a platform) that a package names and the lock file lacks: `npm ci` refuses such a file elsewhere. */
const missingParts = packages =>
  Object.entries(packages).flatMap(([place, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(name => !isLocked(packages, place, name)),
  )

describe.each(folders)('lock file of %s', folder => {
  it('holds the parts for every platform', () => {
    expect(missingParts(packagesOf(folder))).toEqual([])
  })

  it('names no registry', () => {
    expect(Object.values(packagesOf(folder)).filter(entry => entry.resolved)).toEqual([])
  })

  it('belongs to a package.json that pins every version exactly', () => {
    const { dependencies, devDependencies } = readJson(at(folder, 'package.json'))
    const versions = Object.entries({ ...dependencies, ...devDependencies })
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })
})

it('finds a part that is missing', () => {
  const packages = {
    '': {},
    'node_modules/a': { optionalDependencies: { 'a-mac': '1.0.0', 'a-linux': '1.0.0' } },
    'node_modules/a-linux': {},
  }
  expect(missingParts(packages)).toEqual(['a-mac'])
})

it('installs one copy of each cryptographic library', () => {
  const copies = Object.keys(packagesOf('.')).filter(place => /(^|\/)node_modules\/@noble\//.test(place))
  expect(copies.map(place => place.replace(/^node_modules\//, '')).sort()).toEqual([
    '@noble/ciphers',
    '@noble/curves',
    '@noble/ed25519',
    '@noble/hashes',
    '@noble/post-quantum',
  ])
})
