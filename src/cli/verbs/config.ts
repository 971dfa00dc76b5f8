import { loadSettings } from '../config/load.js'
import { loadTls } from '../config/tls-files.js'
import { EXIT } from '../exit-codes.js'
import { JSON_FLAG, type Verb } from '../verb.js'

/** `hyphae config check`. */
export const configCheck: Verb = {
  syntax: {
    name: 'config check',
    summary: 'checks a configuration file, with what the environment overrides, and shows what counts',
    positionals: ['FILE'],
    flags: JSON_FLAG,
  },
  async run(args, reporter) {
    const file = args.required(0)
    const settings = await loadSettings(file, reporter.io.env)
    const warnings = (await loadTls(settings))?.warnings ?? []
    for (const warning of warnings) reporter.note(`warning: ${warning}`)
    const lines = Object.entries(settings).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`)
    reporter.say([`${file} is in order`, ...lines].join('\n'), { event: 'config', file, settings, warnings })
    return EXIT.ok
  },
}
