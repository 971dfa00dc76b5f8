import { expect, it } from 'vitest'
import { closeNodesAfterEach, pair } from './support.js'

closeNodesAfterEach()

it('echo', async () => {
  const [a, b] = await pair()
  a.handle('echo', body => body)
  expect(await b.request(a.id, 'echo', { hello: 'world' })).toEqual({ hello: 'world' })
})
