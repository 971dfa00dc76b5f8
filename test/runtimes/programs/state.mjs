import { describe, expect, expectEqual, rejectionOf } from './common.mjs'

/** Who a node is lasts over a restart, where it was told a path; a wrong passphrase opens nothing. */
export async function keepsState(library, folder) {
  const startMs = performance.now()
  const outcome = await inFiles(library, folder).then(
    note => ({ ok: true, note }),
    error => ({ ok: false, note: describe(error) }),
  )
  return { name: 'state', ms: performance.now() - startMs, ...outcome }
}

async function inFiles({ createNode, isHyphaeError }, folder) {
  const withStore = { store: `${folder}/store` }
  const withIdentity = { identity: { path: `${folder}/identity`, passphrase: 'a good passphrase' } }
  for (const options of [withStore, withIdentity]) {
    expectEqual(await idOf(createNode, options), await idOf(createNode, options), 'peer id after a restart')
  }
  const { path } = withIdentity.identity
  const refusal = await rejectionOf(createNode({ identity: { path, passphrase: 'another' } }))
  expect(isHyphaeError(refusal, 'DECRYPT_FAILED'), `a wrong passphrase was answered with ${describe(refusal)}`)
  return 'store and identity by path'
}

async function idOf(createNode, options) {
  const node = await createNode(options)
  await node.close()
  return node.id
}
