// What is done in a turn. A load prepares itself with a pair (both ends of a contender) and answers a function that does
// it so many times and gives the milliseconds it took, or undefined where the contender has no such thing. All contenders run the same code.

const SMALL = new Uint8Array(100).fill(7)
const CHUNK = new Uint8Array(65_536).fill(7)
const IN_FLIGHT = 64
/** What `send` of messages is called this often for before the program lets the event loop turn. */
const SENDS_A_TURN = 4096

export const CHUNK_MB = CHUNK.length / 1e6

const turn = () => new Promise(resolve => setImmediate(resolve))

const timed = async work => {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

/** Hangs up, and lets the other side notice before anything else is measured. */
async function settled(hangUp) {
  await hangUp()
  for (let i = 0; i < 4; i++) await turn()
}

/** Dials one after the other; what comes before (a fresh identity) and after (hanging up) is left out. */
export const dials =
  ({ known }) =>
  async ({ client }) => {
    const prepare = await client.dialer({ known })
    return async times => {
      let ms = 0
      for (let i = 0; i < times; i++) {
        const dial = await prepare()
        let hangUp
        ms += await timed(async () => void (hangUp = await dial()))
        await settled(hangUp)
      }
      return ms
    }
  }

/** Milliseconds of processor time of the listening process, whatever it does for a dial of a known peer. */
export const accepts = async ({ client, cpuMs, contender }) => {
  if (contender.listensElsewhere) return undefined
  const prepare = await client.dialer({ known: true })
  return async times => {
    const startMs = await cpuMs()
    for (let i = 0; i < times; i++) {
      const dial = await prepare()
      const hangUp = await dial()
      await settled(hangUp)
    }
    return (await cpuMs()) - startMs
  }
}

/** 100 bytes there and back on a stream that is open; callbacks all the way, no promise a round. */
export const roundTrips = async ({ client }) => {
  const channel = await client.channel('echo')
  return times =>
    timed(
      () =>
        new Promise(resolve => {
          let left = times
          let back = 0
          channel.onBytes(bytes => {
            back += bytes
            if (back < SMALL.length) return
            back = 0
            if (--left === 0) resolve()
            else channel.send(SMALL)
          })
          channel.send(SMALL)
        }),
    )
}

/** Requests on streams of their own, one after the other; not for peers that have no streams. */
export const ownRequests = async ({ client }) => {
  if (client.requestOwn === undefined) return undefined
  return times =>
    timed(async () => {
      for (let i = 0; i < times; i++) await client.requestOwn(SMALL)
    })
}

/** 100 bytes there and back, many at once, in the way of the peer that is quickest. */
export const manyRequests = async ({ client }) => {
  const request = await client.requester(SMALL)
  return times => {
    let left = times
    const worker = async () => {
      while (left-- > 0) await request()
    }
    return timed(() => Promise.all(Array.from({ length: Math.min(IN_FLIGHT, times) }, worker)))
  }
}

/** Bytes one way on a stream, until the last has arrived. */
export const oneWay =
  ({ kind = 'count', bytes }) =>
  async ({ client, arrivals }) => {
    const channel = await client.channel(kind)
    return async times => {
      const before = await arrivals.total()
      return timed(async () => {
        for (let i = 0; i < times; i++) if (!channel.send(bytes)) await channel.drained()
        await arrivals.reach(before + times * bytes.length)
      })
    }
  }

export const smallOneWay = oneWay({ bytes: SMALL })
export const bulk = oneWay({ bytes: CHUNK })
export const bulkByWeb = oneWay({ kind: 'web', bytes: CHUNK })

/** Messages of their own one way; where a peer knows only streams, as on a stream. */
export const messages = async pair => {
  const { client, arrivals } = pair
  if (client.send === undefined) return smallOneWay(pair)
  return async times => {
    const before = await arrivals.total()
    return timed(async () => {
      for (let i = 1; i <= times; i++) {
        client.send(SMALL)
        if (i % SENDS_A_TURN === 0) await turn()
      }
      await arrivals.reach(before + times * SMALL.length)
    })
  }
}
