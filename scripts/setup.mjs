// Runs before `npm start` and `npm test`: installs when the lock file changed, builds when a source changed, and is silent
// and quick when neither did. It may import nothing from node_modules, which need not exist yet.
import { existsSync, readFileSync } from 'node:fs'
import { at, readStamp, sha256, writeStamp } from './lib/project.mjs'
import { npm } from './lib/run.mjs'
import { step } from './lib/steps.mjs'
import { isBuilt } from './build/state.mjs'

const installStamp = at('node_modules/.hyphae-lock')

// Native parts of the tool chain are chosen by platform, so a folder carried to another machine is installed anew.
const wantedInstall = sha256(`${readFileSync(at('package-lock.json'))}${process.platform} ${process.arch}`)

async function install() {
  const { code, output } = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  if (code !== 0) throw new Error(output.trim())
  writeStamp(installStamp, wantedInstall)
  return output.trim().split('\n')[0]
}

if (readStamp(installStamp) !== wantedInstall || !existsSync(at('node_modules'))) {
  console.error('hyphae: installing the packages of package-lock.json (about a minute the first time)')
  if (!(await step('install', install)).ok) process.exit(1)
}
if (!isBuilt()) {
  console.error('hyphae: building')
  // Imported late: the build needs the packages that were installed above.
  const { build } = await import('./build/build.mjs')
  if (!(await build())) process.exit(1)
}
