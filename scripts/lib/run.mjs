import { spawn } from 'node:child_process'
import { root } from './project.mjs'

/**
 * Runs a program in the project's folder and collects what it prints.
 *
 * @param {string} program name or path
 * @param {string[]} args
 * @param {{ show?: boolean, quiet?: boolean, cwd?: string, env?: Record<string, string> }} options `show` passes the output through
 *   as it comes instead of collecting it
 * @returns {Promise<{ code: number, output: string, stdout: string }>}
 */
export function execute(program, args, { show = false, cwd = root, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && !program.endsWith('.exe'),
    })
    let output = ''
    let stdout = ''
    child.stdout?.on('data', chunk => {
      output += chunk
      stdout += chunk
    })
    child.stderr?.on('data', chunk => (output += chunk))
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? 1, output, stdout }))
  })
}

/** Like {@link execute}, but a non-zero exit throws what the program printed. */
export async function mustExecute(program, args, options) {
  const result = await execute(program, args, options)
  if (result.code !== 0) throw new Error(result.output.trim() || `${program} ended with code ${result.code}`)
  return result
}

/** Runs a script file of an installed package with this Node. */
export const node = (script, args, options) => execute(process.execPath, [script, ...args], options)

export const mustNode = (script, args, options) => mustExecute(process.execPath, [script, ...args], options)

/** Runs npm: the one that started this script where there is one, so that no other version meddles. */
export function npm(args, options) {
  const program = process.env.npm_execpath
  if (program?.endsWith('.js')) return execute(process.execPath, [program, ...args], options)
  return execute('npm', args, options)
}
