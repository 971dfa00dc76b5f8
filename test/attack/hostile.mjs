// A process of its own that attacks: gets { id, act, options } and answers { id, result } or { id, error }.
import { acts as floods } from './acts/flood.mjs'
import { acts as handshake } from './acts/handshake.mjs'
import { acts as listening } from './acts/listen.mjs'
import { acts as session } from './acts/session.mjs'

const acts = { ...handshake, ...session, ...listening, ...floods }

process.on('message', async ({ id, act, options }) => {
  try {
    process.send?.({ id, result: await acts[act](options ?? {}) })
  } catch (error) {
    process.send?.({ id, error: String(error?.stack ?? error) })
  }
})
process.on('disconnect', () => process.exit(0))
