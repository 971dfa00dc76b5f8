import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

const folderOf = (decoder: string): string => fileURLToPath(new URL(`corpus/${decoder}/`, import.meta.url))

/** The inputs kept for a decoder: valid ones, and others that it once fell over or that it answers in a way of their own. */
export function corpusOf(decoder: string): Uint8Array[] {
  const folder = folderOf(decoder)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map(file => Uint8Array.from(readFileSync(join(folder, file))))
}

/** Keeps an input. @returns where it stands, relative to the corpus */
export function keep(decoder: string, input: Uint8Array): string {
  const folder = folderOf(decoder)
  mkdirSync(folder, { recursive: true })
  const name = `${createHash('sha256').update(input).digest('hex').slice(0, 12)}.bin`
  writeFileSync(join(folder, name), input)
  return `${decoder}/${name}`
}
