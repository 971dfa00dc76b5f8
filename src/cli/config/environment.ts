import { parse } from 'yaml'
import type { Entry } from './entries.js'

const PREFIX = 'HYPHAE_'
const BETWEEN = '__'

/**
 * What the environment overrides: `HYPHAE_NETWORK__LISTEN_ADDRESS` stands for `network.listen_address`. Values are read as
 * YAML would; several addresses stand with commas between them. `NODE_ID` names the node, as Kubernetes gives it from
 * `metadata.name`, unless `HYPHAE_NODE__NAME` does.
 */
export function entriesOfEnvironment(env: Readonly<Record<string, string | undefined>>): Entry[] {
  const entries: Entry[] = []
  const { NODE_ID } = env
  if (NODE_ID !== undefined && NODE_ID !== '') {
    entries.push({ section: 'node', name: 'name', value: NODE_ID, where: 'NODE_ID' })
  }
  for (const [variable, raw] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const between = variable.indexOf(BETWEEN)
    if (raw === undefined || !variable.startsWith(PREFIX) || between < 0) continue
    const section = variable.slice(PREFIX.length, between).toLowerCase()
    const name = variable.slice(between + BETWEEN.length).toLowerCase()
    entries.push({ section, name, value: readValue(raw), where: variable })
  }
  return entries
}

function readValue(raw: string): unknown {
  if (/^(true|false|-?\d+(\.\d+)?)$/.test(raw)) return parse(raw) as unknown
  // Paths and names have no commas worth keeping; lists of addresses do.
  return raw.includes(',') ? raw.split(',').map(part => part.trim()) : raw
}
