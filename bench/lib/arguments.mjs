// Options of a suite, refused with a remedy where they make no sense.

/** What a user typed wrong; its message says what to type instead. */
export class BadArguments extends Error {}

/**
 * Reads `--flag`, `--name value` and `--name=value`.
 *
 * @param {string[]} given
 * @param {Record<string, { value?: string, help: string }>} known options by name; with `value` where they take one
 * @returns {Record<string, string | boolean>} what was given, by name
 * @throws BadArguments with the list of what there is
 */
export function readOptions(given, known) {
  const read = {}
  for (let i = 0; i < given.length; i++) {
    const [, name, inline] = /^--([a-z0-9-]+)(?:=(.*))?$/s.exec(given[i]) ?? []
    const option = Object.hasOwn(known, name ?? '') ? known[name] : undefined
    if (option === undefined) throw new BadArguments(`${given[i]} is no option here; there are ${namesOf(known)}`)
    if (option.value === undefined) {
      if (inline !== undefined) throw new BadArguments(`--${name} takes no value; leave out "=${inline}"`)
      read[name] = true
      continue
    }
    const value = inline ?? given[++i]
    if (!value || value.startsWith('--')) throw new BadArguments(`--${name} needs a value: --${name} ${option.value}`)
    read[name] = value
  }
  return read
}

const namesOf = known =>
  Object.keys(known)
    .map(name => `--${name}`)
    .join(', ') || 'none'

/** The options as help, a line each. */
export function helpOf(known) {
  const heads = Object.entries(known).map(([name, { value }]) => `--${name}${value ? ` ${value}` : ''}`)
  const width = Math.max(...heads.map(head => head.length))
  return Object.values(known)
    .map(({ help }, i) => `  ${heads[i].padEnd(width)}  ${help}`)
    .join('\n')
}

/** What a suite without options of its own takes. */
export const COMMON = { json: { help: 'print one object a row, a line each' }, help: { help: 'print this' } }

/**
 * The options this process was started with. Ends it after `--help`, and with 2 after telling what is wrong with them.
 *
 * @param {string} suite
 * @param {(given: string[]) => Record<string, string | boolean>} read
 * @param {() => string} help
 */
export function optionsOf(suite, read = given => readOptions(given, COMMON), help = () => helpOf(COMMON)) {
  try {
    const options = read(process.argv.slice(2))
    if (!options.help) return options
    console.log(`npm run bench -- ${suite} [options]\n${help()}`)
    process.exit(0)
  } catch (error) {
    if (!(error instanceof BadArguments)) throw error
    console.error(`bench ${suite}: ${error.message}`)
    process.exit(2)
  }
}
