import { builtKernels } from '../built.mjs'
import { tableOperations } from '../operations/tables.mjs'

/** hyphae's own tables in TypeScript, which answer where WebAssembly is refused: the best plain JavaScript known to us. */
export const plainJs = {
  name: 'plain JS',
  runtimes: ['node', 'browser'],
  async load() {
    const { tables } = await builtKernels({ backend: 'fallback' })
    return tables ? tableOperations(tables) : {}
  },
}
