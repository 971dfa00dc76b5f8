import { browsers, findBrowser, installBrowsers } from '../../../test/runtimes/lib/browsers.mjs'

const POLL_MS = 500
/** Longer than this without a new row is a browser that hangs. */
const SILENT_MS = 120_000

/** A browser to measure in: without a window, on the page that a person would open. */
function browserRuntime(name, { driver, programs, packageName, options }) {
  return {
    name,
    async unavailable() {
      if (findBrowser(programs)) return undefined
      const reason = await installBrowsers(packageName).then(
        () => undefined,
        error => error.message,
      )
      return (
        reason && `${reason}; as root on Debian or alike: apt-get install ${packageName}, or HYPHAE_INSTALL_BROWSERS=1`
      )
    },
    async measure({ url, filter }, on) {
      const launched = await driver.launch({ executablePath: findBrowser(programs), ...options })
      try {
        const page = await launched.newPage()
        await page.goto(filter === undefined ? url : `${url}?rows=${encodeURIComponent(filter)}`)
        const { results, missing, troubles } = await follow(page, on)
        return { name: `${name} ${launched.version().replace(/^\D+/, '')}`, missing, troubles, results }
      } finally {
        await launched.close()
      }
    },
  }
}

/** Hands on each result as the page has it, until it is done. */
async function follow(page, on) {
  let seen = 0
  let lastMs = performance.now()
  for (;;) {
    const kernels = await page.evaluate(() => globalThis.kernels)
    for (; seen < (kernels?.results.length ?? 0); seen++) {
      on.row(kernels.results[seen])
      lastMs = performance.now()
    }
    if (kernels?.failure) throw new Error(kernels.failure)
    if (kernels?.isDone) return kernels
    if (performance.now() - lastMs > SILENT_MS) throw new Error(`the page said nothing for ${SILENT_MS / 1000} s`)
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}

export const chromium = browserRuntime('Chromium', browsers.chromium)

export const firefox = browserRuntime('Firefox', browsers.firefox)
