import { BadArguments, COMMON, helpOf, readOptions } from '../lib/arguments.mjs'
import { rowsOn, select } from './rows.mjs'

const OPTIONS = {
  rows: { value: 'WORDS', help: 'only rows whose name contains one of these words, separated by commas' },
  node24: { help: 'measure in the Node 24 of bench/peers too; js-libp2p needs it' },
  'no-install': { help: 'do not install missing peers from npm' },
  ...COMMON,
}

/** Names of rows are the same on every version of Node. */
const rows = rowsOn(24)

/** What `--help` says of them. */
export const help = () => `${helpOf(OPTIONS)}\nrows:\n${rows.map(({ row }) => `  ${row}`).join('\n')}`

/**
 * Reads the options of the suite.
 *
 * @throws BadArguments with a remedy
 */
export function readSessionOptions(given) {
  const options = readOptions(given, OPTIONS)
  if (options.rows !== undefined && select(rows, options.rows).length === 0) {
    throw new BadArguments(`no row is named like ${options.rows}; --help lists them`)
  }
  return options
}
