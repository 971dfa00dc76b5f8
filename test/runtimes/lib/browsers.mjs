import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, firefox } from 'playwright-core'
import { start } from './processes.mjs'
import { NotRun } from './prepare.mjs'

const INSTALL_MS = 300_000

/** No request leaves the machine but those of the test; the sandbox needs rights that containers lack. */
const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const quietFirefox = {
  'app.update.enabled': false,
  'datareporting.healthreport.uploadEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.enabled': false,
}

/** How each browser is found, brought and started. */
export const browsers = {
  chromium: {
    driver: chromium,
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    packageName: 'chromium',
    options: { args: CHROMIUM_ARGS },
  },
  firefox: {
    driver: firefox,
    programs: ['firefox-esr', 'firefox'],
    packageName: 'firefox-esr',
    options: { channel: 'moz-firefox', firefoxUserPrefs: quietFirefox },
  },
}

/** The first of the programs that stands in the PATH. */
export function findBrowser(programs) {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return programs.flatMap(program => folders.map(folder => join(folder, program))).find(isExecutable)
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Installs a browser by apt, where that was asked for: nobody's own machine is changed unasked.
 *
 * @throws NotRun where it was not asked for or cannot be
 */
export async function installBrowsers(packageName) {
  const asked = process.env.CI || process.env.HYPHAE_INSTALL_BROWSERS
  if (!asked) throw new NotRun('it is not on this machine')
  if (process.getuid?.() !== 0 || !findBrowser(['apt-get'])) throw new NotRun('installing it takes root and apt-get')
  console.error(`runtimes: installing ${packageName} by apt`)
  await apt('update', '-q')
  await apt('install', '-q', '-y', '--no-install-recommends', packageName)
}

async function apt(...args) {
  const installing = start('apt-get', args, { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: INSTALL_MS })
  installing.child.stdin.end()
  const code = await installing.ended
  if (code !== 0) throw new NotRun(`apt-get ${args[0]} failed: ${installing.failure(code)}`)
}
