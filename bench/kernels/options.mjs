import { BadArguments, COMMON, helpOf, readOptions } from '../lib/arguments.mjs'
import { rows, select } from './rows/index.mjs'

const OPTIONS = {
  rows: { value: 'WORDS', help: 'only rows whose name contains one of these words, separated by commas' },
  node24: { help: 'measure in the Node 24 of bench/peers too' },
  browsers: { help: 'measure in Chromium and Firefox too, without a window' },
  report: { value: 'FILE.html', help: 'write all of it as a page with charts' },
  page: { help: 'serve the page for a browser of yours, which measures there; nothing else' },
  'no-install': { help: 'do not install missing peers from npm' },
  ...COMMON,
}

/** What `--help` says of them. */
export const help = () => `${helpOf(OPTIONS)}\nrows:\n${rows.map(({ row }) => `  ${row}`).join('\n')}`

/**
 * Reads the options of the suite.
 *
 * @throws BadArguments with a remedy
 */
export function readKernelOptions(given) {
  const options = readOptions(given, OPTIONS)
  if (options.rows !== undefined && select(options.rows).length === 0) {
    throw new BadArguments(`no row is named like ${options.rows}; --help lists them`)
  }
  if (options.report !== undefined && !options.report.endsWith('.html')) {
    throw new BadArguments(`a report is a page: --report ${options.report}.html`)
  }
  const clash = ['json', 'report', 'browsers', 'node24'].find(name => options.page && options[name])
  if (clash) throw new BadArguments(`--page measures in your own browser; leave out --${clash}`)
  return options
}
