import { browsers, findBrowser, installBrowsers } from '../lib/browsers.mjs'
import { NotRun } from '../lib/prepare.mjs'
import { servePages } from '../lib/pages.mjs'
import { tasksOfClient } from './tasks.mjs'

/** What each page does: as bundlers make it, as the modules of the package, and where WebAssembly is forbidden. */
function visits(addresses, requests) {
  const { ws, wss } = tasksOfClient({ runtime: 'browser', addresses, requests })
  return [
    { page: 'esbuild', over: 'ws, esbuild', task: ws },
    { page: 'rollup', over: 'ws, rollup', task: ws },
    { page: 'vite', over: 'wss, vite', task: wss },
    { page: 'native', over: 'ws, import map', task: ws },
    { page: 'strict-esbuild', over: 'ws, esbuild, no wasm', task: { ...ws, kernels: 'fallback' } },
    { page: 'strict-rollup', over: 'ws, rollup, no wasm', task: { ...ws, kernels: 'fallback' } },
  ]
}

function browser(name, { driver, programs, packageName, options }) {
  return {
    name,
    fromNpm: false,
    bring: `HYPHAE_INSTALL_BROWSERS=1 node test/runtimes/run.mjs ${name} (as root, on Debian or alike), or apt-get install ${packageName}`,
    async run({ app, addresses, requests, timeoutMs }) {
      const executablePath = findBrowser(programs) ?? (await installBrowsers(packageName), findBrowser(programs))
      if (!executablePath) throw new NotRun(`there is no ${programs.join(' or ')} on this machine`)
      const pages = await servePages(app)
      const launched = await driver.launch({ executablePath, timeout: timeoutMs, ...options })
      try {
        const rows = []
        for (const { page, over, task } of visits(addresses, requests)) {
          rows.push({ over, steps: await runPage(launched, `${pages.origin}/${page}.html`, task, timeoutMs) })
        }
        return { version: launched.version().replace(/^\D+/, ''), rows }
      } finally {
        // What does not close in time is killed when this process ends.
        await within(10_000, launched.close(), 'the browser did not close').catch(({ message }) =>
          console.error(message),
        )
        pages.close()
      }
    },
  }
}

async function runPage(launched, url, task, timeoutMs) {
  const page = await launched.newPage({ ignoreHTTPSErrors: true })
  page.setDefaultTimeout(timeoutMs)
  const complaints = []
  page.on('pageerror', error => complaints.push(`${error}`))
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  try {
    await page.goto(url)
    await page.waitForFunction(() => 'runTask' in globalThis, undefined, { timeout: 15_000 })
    const results = page.evaluate(wanted => globalThis.runTask(wanted), task)
    return await within(timeoutMs, results, 'the page did not finish')
  } catch (error) {
    throw new Error([`${url}: ${error.message}`, ...complaints].join('\n'))
  } finally {
    await within(5000, page.close(), 'the page did not close').catch(() => undefined)
  }
}

/** A promise with a limit: scripts in a page have none of their own. */
async function within(ms, promise, complaint) {
  let timer
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} within ${ms / 1000} s`)), ms)
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
    promise.catch(() => undefined)
  }
}

export const chromium = browser('chromium', browsers.chromium)

export const firefox = browser('firefox', browsers.firefox)
