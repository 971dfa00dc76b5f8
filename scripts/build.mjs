// npm run build [-- --update-hash]: always runs every step; each skips what its own inputs did not change.
import { build } from './build/build.mjs'

const unknown = process.argv.slice(2).filter(argument => argument !== '--update-hash')
if (unknown.length > 0) {
  console.error(`build: unknown option ${unknown.join(' ')}; known is --update-hash`)
  process.exit(2)
}
process.exit((await build({ updateHash: process.argv.includes('--update-hash') })) ? 0 : 1)
