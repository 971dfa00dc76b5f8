import { check, checkEqual, type ComplianceCase } from './case.js'
import { Bench, type TransportCase, type TransportSubject } from './bench.js'
import { carrierCases } from './transport-carrier.js'
import { dialAndListenCases } from './transport-dial.js'

/**
 * The contract of `Transport` and `Carrier` for ordered delivery, as cases for any test runner. What the
 * transport says it cannot do is asked for too: it must answer UNSUPPORTED_RUNTIME with a remedy.
 *
 * @example
 * ```ts
 * const subject = { factory: myTransport(), ports, listenAddress: 'my://127.0.0.1:0', pausesPeer: true }
 * for (const { name, run } of transportCompliance(subject)) test(name, run)
 * ```
 */
export function transportCompliance(subject: TransportSubject): ComplianceCase[] {
  const cases: TransportCase[] = [
    ['describes itself', describesItself],
    ...dialAndListenCases(subject),
    ...carrierCases(subject),
  ]
  return cases.map(([name, body]) => ({
    name,
    run: async () => {
      const bench = new Bench(subject)
      try {
        await body(bench)
      } finally {
        await bench.end()
      }
    },
  }))
}

async function describesItself({ transport, subject }: Bench): Promise<void> {
  check(/^[a-z][a-z0-9-]*$/.test(transport.name), `the name ${transport.name} is not lower case`)
  check(transport.schemes.length > 0, 'it serves no scheme')
  for (const scheme of transport.schemes) check(/^[a-z][a-z0-9+.-]*$/.test(scheme), `${scheme} is not a scheme`)
  const scheme = subject.listenAddress.slice(0, subject.listenAddress.indexOf('://'))
  check(transport.schemes.includes(scheme), `it does not serve ${scheme}`)
  checkEqual(transport.capabilities.delivery, 'ordered', 'delivery')
}
