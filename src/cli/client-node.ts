import type { HyphaeNode } from '../node/api/node.js'
import type { NodeOptions } from '../node/api/options.js'
import { createNode } from '../platform/node.js'
import type { Arguments } from './arguments.js'
import { givenPassphrase, PASSPHRASE_FLAG } from './passphrase.js'
import type { Reporter } from './reporter.js'

/** Flags of every verb that runs a node for a while. */
export const NODE_FLAGS = {
  network: { value: 'NAME', text: 'name of the network (default hyphae)' },
  identity: { value: 'FILE', text: 'identity to use, made there when missing (default: a new one for this run)' },
  ...PASSPHRASE_FLAG,
}

/** Runs work with a node as the flags say, and closes the node whatever comes. */
export async function withNode<T>(
  args: Arguments,
  { io }: Reporter,
  options: NodeOptions,
  work: (node: HyphaeNode) => Promise<T>,
): Promise<T> {
  const network = args.text('network')
  const path = args.text('identity')
  const passphrase = path === undefined ? undefined : await givenPassphrase(args.text('passphrase-file'), io)
  const node = await createNode({
    ...options,
    ...(network === undefined ? {} : { network }),
    ...(path === undefined ? {} : { identity: { path, passphrase } }),
  })
  try {
    return await work(node)
  } finally {
    await node.close({ timeoutMs: 2000 })
  }
}
