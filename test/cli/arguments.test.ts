import { describe, expect, it } from 'vitest'
import { parse, type Syntax } from '../../src/cli/arguments.js'
import { helpOf } from '../../src/cli/help.js'
import { Inside, linesOf } from './support.js'

const SYNTAX: Syntax = {
  name: 'try',
  summary: 'tries',
  positionals: ['FILE', '[TO]'],
  flags: { count: { value: 'N', text: 'how often', range: [1, 9] }, json: { text: 'for programs' } },
}

describe('arguments', () => {
  it('reads flags, switches and positionals in any order', () => {
    const args = parse(SYNTAX, ['--json', 'a', '--count=3', 'b'])
    expect([args.required(0), args.positional(1), args.number('count', 1), args.has('json')]).toEqual([
      'a',
      'b',
      3,
      true,
    ])
    expect(parse(SYNTAX, ['a']).number('count', 7)).toBe(7)
  })

  it('takes everything after -- as it stands', () => {
    expect(parse(SYNTAX, ['--', '--odd-name']).required(0)).toBe('--odd-name')
  })

  it.each([
    [['a', '--cuont', '3'], 'did you mean --count?'],
    [['a', '--zzzzzzzz'], 'there is no option --zzzzzzzz'],
    [['a', '--count'], "Option '--count <value>' argument missing"],
    [['a', '-x'], "Unknown option '-x'"],
    [[], 'FILE is missing'],
    [['a', 'b', 'c'], 'nothing is known to do with "c"'],
  ])('refuses %j', (typed, why) => {
    expect(() => parse(SYNTAX, typed)).toThrow(why)
  })

  it.each(['0', '10', '1.5', '-1', 'x', ''])('refuses %j as a number from 1 to 9', text => {
    expect(() => parse(SYNTAX, ['a', `--count=${text}`]).number('count', 1)).toThrow(
      'a whole number from 1 to 9 is needed',
    )
  })

  it('shows every flag in the help of a verb', () => {
    expect(helpOf(SYNTAX)).toMatch(/usage: hyphae try FILE \[TO\] \[options\][^]*--count N +how often[^]*--help/)
  })
})

describe('hyphae', () => {
  it('shows all verbs, and each has a help of its own', async () => {
    const io = new Inside()
    expect(await io.run('--help')).toBe(0)
    const verbs = [
      'demo',
      'start',
      'config check',
      'identity new',
      'identity show',
      'identity rotate',
      'ping',
      'send',
      'receive',
    ]
    for (const verb of verbs) {
      expect(io.stdout).toContain(`  ${verb}`)
      const own = new Inside()
      expect(await own.run(...verb.split(' '), '--help')).toBe(0)
      expect(own.stdout).toContain(`usage: hyphae ${verb}`)
    }
  })

  it('ends with 2 and the help where nothing was typed', async () => {
    const io = new Inside()
    expect(await io.run()).toBe(2)
    expect(io.stderr).toContain('usage: hyphae')
  })

  it.each([
    [['strat'], 'did you mean hyphae start?'],
    [['config', 'chek'], 'did you mean hyphae config check?'],
    [['config'], 'config needs one of check'],
    [['--hlep'], 'did you mean hyphae --help?'],
    [['ping'], 'ping needs either'],
    [['ping', 'nonsense address'], 'not an address'],
    [['demo', '--nodes', '2'], 'from 3 to 64'],
    [['identity', 'new', 'x', '--suite', 'RSA'], 'ML-DSA-65'],
  ])('ends with 2 for %j', async (typed, why) => {
    const io = new Inside()
    expect(await io.run(...typed)).toBe(2)
    expect(io.stderr).toContain(why)
  })

  it('tells errors as one line of JSON where a program reads', async () => {
    const io = new Inside()
    expect(await io.run('send', '/nowhere/at/all', '127.0.0.1:1', '--json')).toBe(8)
    expect(linesOf(io.stdout)).toEqual([
      {
        event: 'error',
        code: 'STORE_FAILED',
        message: 'cannot read /nowhere/at/all: ENOENT',
        remedy: 'check the path',
        exitCode: 8,
      },
    ])
    expect(io.stderr).toBe('')
  })
})
