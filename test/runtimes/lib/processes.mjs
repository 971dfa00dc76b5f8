import { spawn } from 'node:child_process'

/** How long a process may still run after it printed its results: what it started has ended by then, or holds it alive. */
const EXIT_MS = 8000
const KEPT_CHARACTERS = 20_000

const running = new Set()

/** Kills a process with everything it started. */
function kill(child) {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

process.on('exit', () => running.forEach(kill))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))

/**
 * Starts a process in a group of its own, which dies with this one, and collects what it prints.
 *
 * @returns `line(start)` answers the rest of the first line of stdout that begins so; `ended` resolves to the exit code
 */
export function start(program, args, { cwd, env = {}, timeoutMs }) {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: 'pipe', detached: true })
  running.add(child)
  const printed = { stdout: '', stderr: '' }
  const limit = { reason: '' }
  const end = reason => {
    limit.reason ||= reason
    kill(child)
  }
  const timer = setTimeout(end, timeoutMs, `still running after ${timeoutMs / 1000} s`)
  const ended = new Promise(resolve => {
    child.on('error', error => {
      limit.reason ||= error.message
      resolve(1)
    })
    child.on('close', code => resolve(code ?? 1))
  }).finally(() => {
    clearTimeout(timer)
    running.delete(child)
    // What the process itself left behind goes too.
    if (child.pid) kill(child)
  })
  child.stdin.on('error', () => undefined)

  const line = start =>
    new Promise((resolve, reject) => {
      const look = () => {
        const match = printed.stdout
          .split('\n')
          .slice(0, -1)
          .find(text => text.startsWith(start))
        if (match !== undefined) resolve(match.slice(start.length))
      }
      child.stdout.on('data', look)
      look()
      void ended.then(code => reject(new Error(failure(code))))
    })
  const failure = code =>
    [limit.reason || `ended with code ${code}`, printed.stderr.trim(), printed.stdout.trim()]
      .filter(Boolean)
      .join('\n')
      .slice(-KEPT_CHARACTERS)
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', chunk => (printed[name] += chunk))
  }
  return { child, ended, line, end, failure }
}

/** Runs a program for the line of results it prints; it has to end by itself and with 0 afterwards. */
export async function resultsOf(program, args, options) {
  const started = start(program, args, options)
  started.child.stdin.end()
  const results = JSON.parse(await started.line('hyphae-results '))
  const timer = setTimeout(started.end, EXIT_MS, 'printed its results and did not end: something was left open')
  const code = await started.ended
  clearTimeout(timer)
  if (code !== 0) throw new Error(started.failure(code))
  return results
}

/** Runs a short program for what it prints. */
export async function outputOf(program, args, options) {
  const started = start(program, args, options)
  started.child.stdin.end()
  let text = ''
  started.child.stdout.on('data', chunk => (text += chunk))
  const code = await started.ended
  if (code !== 0) throw new Error(started.failure(code))
  return text.trim()
}
