import { HyphaeError } from '../../core/errors.js'
import { websocket } from '../../transports/websocket/node.js'
import { tcp } from '../../transports/tcp/node.js'
import { diagnose } from '../reach.js'
import { demoNode } from './member.js'
import type { Mesh } from './mesh.js'

const TIMEOUT_MS = 5000

/** How an impostor fared. */
export interface ImpostorResult {
  readonly address: string
  readonly expected: string
  readonly impostor: string
  readonly refused: boolean
  readonly step: string
  readonly code: string
  readonly message: string
  readonly remedy: string
}

/**
 * Lets a node with another identity listen where the last node did, and the first node dial there for the last one.
 * @throws HyphaeError where it gets through
 */
export async function impostor(mesh: Mesh): Promise<ImpostorResult> {
  const { first, last } = mesh
  const { address, fullAddress } = last
  const expected = last.node.id
  await last.stop()
  const fake = await demoNode(address, undefined, [websocket(), tcp()])
  try {
    const error = await first.node.connect(fullAddress, { timeoutMs: TIMEOUT_MS }).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error === undefined) throw new HyphaeError('INTERNAL', `the impostor at ${address} was taken for ${expected}`)
    const { step, code, text, remedy } = await diagnose(first.node, fullAddress, expected, error, TIMEOUT_MS)
    return { address, expected, impostor: fake.id, refused: true, step, code, message: text, remedy }
  } finally {
    await fake.close({ timeoutMs: 0 })
    await last.start()
    await first.node.connect(last.fullAddress)
  }
}
