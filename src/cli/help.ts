import type { Syntax } from './arguments.js'

/** The help of one verb. */
export function helpOf(syntax: Syntax): string {
  const words = syntax.positionals.join(' ')
  const flags = Object.entries(syntax.flags).map(([name, flag]): [string, string] => [
    `--${name}${flag.value === undefined ? '' : ` ${flag.value}`}`,
    flag.text,
  ])
  const usage = `hyphae ${syntax.name}${words === '' ? '' : ` ${words}`} [options]`
  return `${syntax.summary}\n\nusage: ${usage}\n\noptions:\n${columns([...flags, ['--help', 'shows this']])}\n`
}

/** The help of the command. */
export function helpOfAll(verbs: readonly Syntax[]): string {
  const list = columns(verbs.map(verb => [[verb.name, ...verb.positionals].join(' '), verb.summary]))
  return (
    `hyphae: a node of a post-quantum secure peer-to-peer mesh\n\nusage: hyphae <verb> [options]\n\n${list}\n\n` +
    'hyphae <verb> --help tells the options of a verb; docs/cli.md tells all and what the exit codes mean.\n'
  )
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}
