import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** Absolute path of a path relative to the project. */
export const at = (...parts) => join(root, ...parts)

/** Path relative to `base`, with forward slashes on every system. */
export const relativePath = (file, base = root) => relative(base, file).split(sep).join('/')

/** Every file under a folder (absolute paths, sorted); nothing when the folder does not exist. Skips node_modules. */
export function filesUnder(folder, keep = () => true) {
  if (!existsSync(folder)) return []
  const found = []
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules') found.push(...filesUnder(path, keep))
    } else if (keep(path)) found.push(path)
  }
  return found.sort()
}

/** SHA-256 over names and contents, so that a touched but equal file rebuilds nothing. */
export function hashFiles(files) {
  const hash = createHash('sha256')
  for (const file of files) {
    const content = readFileSync(file)
    hash.update(`${relativePath(file)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

export const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

export const readJson = file => JSON.parse(readFileSync(file, 'utf8'))

/** Reads a stamp left by `writeStamp`, or undefined. */
export const readStamp = file => (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined)

export function writeStamp(file, value) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${value}\n`)
}
