// A listener that takes everything and does nothing with it: whoever attacks it is as busy as with a node.
import { createServer } from 'node:net'

const server = createServer(socket => {
  socket.on('error', () => undefined)
  setTimeout(() => socket.destroy(), 5)
  socket.resume()
})
server.listen(0, '127.0.0.1', () => process.send({ ready: { tcp: `tcp://127.0.0.1:${server.address().port}` } }))
process.on('disconnect', () => process.exit(0))
