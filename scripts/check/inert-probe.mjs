// Runs in a process of its own: imports the modules named on the command line while everything a module could set off is
// watched, and prints what it saw as JSON on its last line.
import { pathToFileURL } from 'node:url'

const seen = []

/**
 * Calls of libraries that are known and harmless, by name and by the file that makes them. @noble/curves asks the
 * generator for a few bytes when it is loaded, to learn whether there is one (where a runtime refuses, it goes on).
 */
const tolerated = { 'crypto.getRandomValues': '/@noble/curves/abstract/curve.js' }

/** Replaces a function by one that notes the call and then does the same. */
function watch(holder, key, name) {
  const original = holder[key]
  holder[key] = new Proxy(original, {
    apply(target, self, args) {
      const known = tolerated[name] !== undefined && new Error().stack?.includes(tolerated[name]) === true
      if (!known) seen.push(`calls ${name}`)
      return Reflect.apply(target, self, args)
    },
    construct(target, args, newTarget) {
      seen.push(`constructs ${name}`)
      return Reflect.construct(target, args, newTarget)
    },
  })
}

for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'])
  watch(globalThis, name, name)
for (const name of ['Module', 'Instance', 'compile', 'instantiate', 'Memory']) {
  watch(WebAssembly, name, `WebAssembly.${name}`)
}
watch(crypto, 'getRandomValues', 'crypto.getRandomValues')
watch(Math, 'random', 'Math.random')
for (const stream of ['stdout', 'stderr']) watch(process[stream], 'write', `process.${stream}.write`)
watch(process, 'on', 'process.on')

const globalsBefore = new Set(Object.getOwnPropertyNames(globalThis))
const findings = {}
for (const file of process.argv.slice(2)) {
  seen.length = 0
  await import(pathToFileURL(file).href)
  const added = Object.getOwnPropertyNames(globalThis).filter(name => !globalsBefore.has(name))
  findings[file] = [...new Set([...seen, ...added.map(name => `adds the global ${name}`)])]
}
seen.length = 0
const report = `\n${JSON.stringify(findings)}\n`
// Directly to the file descriptor: the watched stream would note this as well.
const { writeSync } = await import('node:fs')
writeSync(1, report)
