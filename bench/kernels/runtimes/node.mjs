import { node24With, thisNodeWith } from '../../lib/node-runtime.mjs'

const program = 'bench/kernels/in-node.mjs'

/** The Node that runs the bench. */
export const thisNode = thisNodeWith(program)

/** The Node 24 that comes with the peers. */
export const node24 = node24With(program)
