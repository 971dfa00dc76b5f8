// What runs in the page: a node of its own, with the same handshake as everywhere.
import { createNode } from 'hyphae'

const byId = id => document.getElementById(id)

// The page's own server tells where the mesh is; the id behind # makes sure that it is really there.
const { address } = await (await fetch('mesh.json')).json()
const node = await createNode()
const peer = await node.connect(address)
byId('state').textContent = `connected to ${peer}`

byId('form').addEventListener('submit', async event => {
  event.preventDefault()
  const answer = await node.request(peer, 'shout', byId('text').value, { timeoutMs: 5000 })
  const item = document.createElement('li')
  item.textContent = String(answer)
  byId('answers').append(item)
})

addEventListener('pagehide', () => void node.close())
