// A typed service. The schemas are valibot's; any library that follows Standard Schema will do.
import { client, createNode, isHyphaeError, method, service } from 'hyphae'
import * as v from 'valibot'

const stock = new Map([['apple', 3]])

/** What both sides share. The functions may stay with the server: a client needs the schemas only. */
const shop = service({
  name: 'shop',
  methods: {
    left: method({ in: v.string(), out: v.number() }, article => stock.get(article) ?? 0),
    sell: method(
      { in: v.object({ article: v.string(), count: v.pipe(v.number(), v.integer(), v.minValue(1)) }), out: v.number() },
      ({ article, count }) => {
        const left = (stock.get(article) ?? 0) - count
        stock.set(article, left)
        return left
      },
    ),
  },
})

const server = await createNode({ listen: ['ws://127.0.0.1:0'] })
server.serve(shop)

const node = await createNode()
const peer = await node.connect(server.addresses[0])
const remote = client(node, shop, { peer })

const before: number = await remote.left('apple')
const after: number = await remote.sell({ article: 'apple', count: 2 })
console.log(`apples: ${before}, then ${after}`)

try {
  await remote.sell({ article: 'apple', count: 0 })
} catch (error) {
  if (isHyphaeError(error, 'SCHEMA_INVALID')) console.log('refused before it left:', error.code)
  else throw error
}

await node.close()
await server.close()
