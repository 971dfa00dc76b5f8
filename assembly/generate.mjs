// Writes the unrolled kernels. AssemblyScript has neither macros nor functions with several results, so the rounds of
// ChaCha20, BLAKE3 and Keccak are spelled out here: `node assembly/generate.mjs` rewrites every *.generated.ts.
import { writeFileSync } from 'node:fs'
import { blake3Files } from './blake3/generate.mjs'
import { chacha20Files } from './chacha20/generate.mjs'
import { keccakFiles } from './keccak/generate.mjs'
import { mlkemFiles } from './mlkem/generate.mjs'
import { onionFiles } from './onion/generate.mjs'

/** Path (relative to this folder) and text of each generated source. */
export const generated = () => [
  ...chacha20Files(),
  ...blake3Files(),
  ...keccakFiles(),
  ...mlkemFiles(),
  ...onionFiles(),
]

if (process.argv[1] === import.meta.filename) {
  for (const { path, text } of generated()) writeFileSync(new URL(path, import.meta.url), text)
}
