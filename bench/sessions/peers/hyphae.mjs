import { createNode } from '../../../dist/platform/node.js'

/** The limits on how often one host may dial are lifted, as they are for the others. */
const admission = { exemptLoopback: true, totalRate: { perSecond: 1e6, burst: 1e6 } }

/** Nodes of the built package. */
const hyphaeOver = scheme => ({
  name: 'hyphae',
  transport: scheme,

  async serve(arrivals) {
    const node = await createNode({ listen: [`${scheme}://127.0.0.1:0`], advertise: [], admission })
    node.handle('echo', body => body)
    node.handle('message', body => arrivals.add(body.length))
    node.handleStream('echo', stream => stream.receive(bytes => void stream.send(bytes)))
    node.handleStream('count', stream => stream.receive(bytes => arrivals.add(bytes.length)))
    node.handleStream('web', async stream => {
      for await (const part of stream.readable) arrivals.add(part.length)
    })
    return { address: { url: node.addresses[0], id: node.id }, close: () => node.close({ timeoutMs: 0 }) }
  },

  async connect({ url, id }) {
    const known = `${url}#${id}`
    const node = await createNode()
    await node.connect(known)
    return {
      dialer: options => dialer(url, id, options),
      async channel(kind) {
        const stream = await node.open(id, kind)
        return kind === 'web' ? writing(stream.writable.getWriter()) : sending(stream)
      },
      requestOwn: body => node.request(id, 'echo', body),
      requester: async body => () => node.request(id, 'echo', body),
      send: body => node.send(id, 'message', body, { qos: 0 }),
      close: () => node.close({ timeoutMs: 0 }),
    }
  },
})

/** A fresh node for each first contact; one that has a ticket of the last time for peers that are known. */
async function dialer(url, id, { known }) {
  if (!known) {
    return async () => {
      const node = await createNode()
      return async () => {
        await node.connect(url)
        return () => node.close({ timeoutMs: 0 })
      }
    }
  }
  const node = await createNode()
  await node.connect(url)
  const body = new Uint8Array(1)
  return async () => {
    // The ticket for the next dial comes before the first answer.
    await node.request(id, 'echo', body)
    node.disconnect(id)
    return async () => {
      await node.connect(`${url}#${id}`)
      return () => {}
    }
  }
}

const sending = stream => ({
  send: bytes => stream.send(bytes),
  drained: () => stream.drained,
  onBytes(take) {
    this.take = take
    this.reading ??= stream.receive(bytes => this.take(bytes.length)).catch(() => {})
  },
})

/** WHATWG streams: every write is awaited, as their users do. */
function writing(writer) {
  let written
  return {
    send(bytes) {
      written = writer.write(bytes)
      return false
    },
    drained: () => written,
  }
}

export const hyphaeTcp = hyphaeOver('tcp')
export const hyphaeWs = hyphaeOver('ws')
