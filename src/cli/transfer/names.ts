import { LIMITS } from '../../core/limits.js'

/** Names that Windows keeps for devices, whatever ending they have. */
const DEVICES = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$/i

/**
 * A file name from a peer made harmless: no directories, no control or direction-changing characters, nothing hidden,
 * nothing a system takes for something else, at most `LIMITS.maxFileNameBytes` bytes.
 *
 * @returns `file` where nothing of it is left
 */
export function safeName(given: string): string {
  const last = given.split(/[/\\]/).at(-1) as string
  const plain = last
    .normalize('NFC')
    // Direction marks make `exe.gpj` look like `jpg.exe`; the others break shells, terminals or file systems.
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>:"|?*]/gu, '_')
    .replace(/^[.\s-]+/, '')
  const whole = withoutEnd(plain)
  const marked = DEVICES.test(whole) ? `_${whole}` : whole
  // Where the cut is there may be what no name ends with.
  const cut = withoutEnd(cutTo(marked, LIMITS.maxFileNameBytes))
  return cut === '' ? 'file' : cut
}

const withoutEnd = (name: string): string => name.replace(/[.\s]+$/, '')

/** The n-th name to try where the first is taken: `notes.txt`, `notes (2).txt`, … */
export function numbered(name: string, n: number): string {
  if (n === 1) return name
  const dot = name.lastIndexOf('.')
  const stem = dot > 0 ? name.slice(0, dot) : name
  return `${stem} (${n})${name.slice(stem.length)}`
}

/** Cuts the stem, so that the ending still tells what it is, and never within a character. */
function cutTo(name: string, maxBytes: number): string {
  if (Buffer.byteLength(name) <= maxBytes) return name
  const dot = name.lastIndexOf('.')
  const isEnding = dot > 0 && name.length - dot <= 16
  const ending = isEnding ? name.slice(dot) : ''
  let stem = ''
  for (const character of isEnding ? name.slice(0, dot) : name) {
    if (Buffer.byteLength(stem + character + ending) > maxBytes) break
    stem += character
  }
  return stem + ending
}
