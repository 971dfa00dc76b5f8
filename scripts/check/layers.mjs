/**
 * Who may import whom: the table of docs/architecture.md as data. The first row whose folder holds a file decides.
 *
 * - `folder`   a folder or file under src/; `*` stands for one name and makes each such folder a layer of its own
 * - `may`      folders it may import values and types from (its own folder always, unless it is `*` of the same row)
 * - `types`    folders it may import types from only
 * - `packages` npm packages; a name covers its subpaths
 * - `pure`     compiled without any runtime: `async`, `await` and `Promise` are refused there too
 * - `promises` a pure layer that may still name the type `Promise`: what a port answers is decided behind it
 */

const noble = ['@noble/hashes', '@noble/ciphers', '@noble/curves', '@noble/ed25519', '@noble/post-quantum']

const everything = [
  'core',
  'ports',
  'wire',
  'kernels',
  'crypto',
  'protocols',
  'policy',
  'audit',
  'node',
  'transports',
  'storage',
  'federation',
  'telemetry',
  'server',
  'cli',
]

const machines = { may: ['core', 'wire', 'crypto'], types: ['ports'], packages: [], pure: true }
const engine = {
  may: ['core', 'wire', 'crypto', 'protocols', 'policy', 'audit'],
  types: ['ports'],
  packages: [],
  pure: true,
}

/** Faces that programs at the edge use: what a user of the package could import too. */
const publicFaces = [
  'index.ts',
  'core',
  'node/api',
  'platform/node.ts',
  'sim/index.ts',
  'kernels/index.ts',
  'storage',
  'transports',
  'federation/index.ts',
  'policy/index.ts',
  'telemetry',
]

export const layers = [
  { folder: 'core', may: [], packages: [], pure: true },
  { folder: 'ports', may: [], types: ['core'], packages: [], pure: true, promises: true },
  { folder: 'wire', may: ['core'], packages: [], pure: true },
  { folder: 'kernels', may: ['core', 'wire'], types: ['ports'], packages: [...noble, 'hyphae/kernels.wasm'] },
  { folder: 'crypto', may: ['core', 'ports', 'wire'], packages: noble, pure: true },
  { folder: 'protocols/*', ...machines },
  { folder: 'policy', ...machines },
  { folder: 'audit', ...machines },
  { folder: 'node/engine', ...engine },
  { folder: 'federation/machines', ...engine },
  { folder: 'node/host', may: ['node/engine', ...engine.may, 'ports'], packages: [] },
  {
    folder: 'node/api',
    may: ['node/host', 'node/engine', ...engine.may, 'ports'],
    packages: ['eventemitter3'],
  },
  { folder: 'transports', may: ['core', 'ports', 'wire'], packages: ['ws'] },
  { folder: 'storage', may: ['core', 'ports', 'wire'], packages: [] },
  {
    folder: 'federation',
    may: ['core', 'ports', 'wire', 'crypto', 'policy', 'audit', 'federation/machines', 'index.ts', 'node/api'],
    packages: [],
  },
  { folder: 'telemetry', may: ['core'], types: ['ports'], packages: [] },
  { folder: 'server', may: publicFaces, types: ['ports'], packages: ['ws'] },
  { folder: 'cli', may: [...publicFaces, 'server'], types: ['ports'], packages: ['yaml'] },
  { folder: 'platform', may: [...everything, 'index.ts'], packages: [...noble, 'ws'] },
  { folder: 'sim', may: [...everything, 'index.ts'], packages: noble },
  {
    // The face: it gathers, and never reaches for a runtime.
    folder: 'index.ts',
    may: [
      'core',
      'ports',
      'wire',
      'crypto',
      'kernels',
      'node',
      'policy',
      'federation',
      'telemetry',
      'audit',
      'protocols',
      'transports',
      'storage',
    ],
    packages: [],
  },
]

/** Where `node:` modules may be imported: the edges, and adapter files named after their runtime. */
export const mayUseNode = file =>
  /^(platform|cli)\//.test(file) ||
  file.startsWith('server/listen/') ||
  /^(transports|storage)\/(.*\/)?(node|deno|bun)\.ts$/.test(file)

/** Where clocks, timers and randomness of the machine may be touched. */
export const mayUseAmbient = file => /^(platform|cli|server)\//.test(file)

const under = (file, folder) => file === folder || file.startsWith(`${folder}/`)

/** The concrete folder of a row for a file (`protocols/*` → `protocols/mux`), or undefined when the row is about others. */
function folderFor(row, file) {
  if (!row.folder.endsWith('/*')) return under(file, row.folder) ? row.folder : undefined
  const parent = row.folder.slice(0, -2)
  const rest = under(file, parent) ? file.slice(parent.length + 1) : ''
  return rest.includes('/') ? `${parent}/${rest.slice(0, rest.indexOf('/'))}` : undefined
}

/** The layer of a file (path under src/, forward slashes) with its concrete folder, or undefined. */
export function layerOf(file, table = layers) {
  for (const row of table) {
    const folder = folderFor(row, file)
    if (folder) return { ...row, folder }
  }
  return undefined
}

/** Whether a layer may import a target file under src/, given that only types are wanted or not. */
export function mayImport(layer, target, typesOnly, table = layers) {
  if (under(target, layer.folder)) return layer.folder === layerOf(target, table)?.folder
  const allowed = typesOnly ? [...layer.may, ...(layer.types ?? [])] : layer.may
  return allowed.some(folder => under(target, folder))
}

export const mayUsePackage = (layer, name) =>
  layer.packages.some(known => name === known || name.startsWith(`${known}/`))
