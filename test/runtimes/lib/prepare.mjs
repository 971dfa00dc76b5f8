import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from '../../../scripts/check/package.mjs'
import { at, readStamp, sha256, writeStamp } from '../../../scripts/lib/project.mjs'
import { npm } from '../../../scripts/lib/run.mjs'
import { isBuilt } from '../../../scripts/build/state.mjs'

const folder = at('test/runtimes')
const stamp = at('test/runtimes/node_modules/.hyphae-lock')
const quiet = ['--no-audit', '--no-fund', '--loglevel=error']

/** Says that the machine lacks something, which is nobody's failure. */
export class NotRun extends Error {}

/** Whether npm failed for want of a network. */
const isOffline = output => /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(output)

/**
 * Installs the runtimes that come from npm, where their lock changed.
 *
 * @throws NotRun without a network
 */
export async function installRuntimes() {
  const wanted = sha256(`${readFileSync(join(folder, 'package-lock.json'))}${process.platform} ${process.arch}`)
  if (readStamp(stamp) === wanted) return
  console.error('runtimes: installing Deno, Bun, workerd and Node 24 (about 500 MB, once)')
  const { code, output } = await npm(['ci', ...quiet], { cwd: folder })
  if (code === 0) return writeStamp(stamp, wanted)
  throw isOffline(output) ? new NotRun('no network to install it from npm') : new Error(output.trim())
}

/**
 * Packs the package as it would be published and installs it like a user, beside the programs of the test.
 *
 * @returns the folder, and what takes it away again
 * @throws NotRun without a network
 */
export async function installPackage() {
  if (!isBuilt()) throw new Error('the build is older than its sources: npm run build')
  const { tarball, bytes } = await pack()
  const app = mkdtempSync(join(tmpdir(), 'hyphae-runtimes-'))
  const remove = () => rmSync(app, { recursive: true, force: true })
  process.on('exit', remove)
  cpSync(at('test/runtimes/programs'), app, { recursive: true })
  writeFileSync(join(app, 'package.json'), '{ "name": "program", "private": true, "type": "module" }\n')
  const { code, output } = await npm(['install', '--prefer-offline', '--ignore-scripts', ...quiet, tarball], {
    cwd: app,
  })
  if (code !== 0) throw isOffline(output) ? new NotRun('no network to install its dependencies') : new Error(output)
  if (!existsSync(join(app, 'node_modules/hyphae/dist/index.js'))) throw new Error('the tarball holds no dist/')
  return { app, bytes }
}
