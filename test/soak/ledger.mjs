// What a member counted: operations, errors by code, times of requests, and everything that must never happen.

/**
 * Codes that cuts, closing nodes, deadlines and cancellations may cause. Everything else is unexpected and fails the run:
 * above all INTERNAL, PROTOCOL_VIOLATION, MALFORMED, HANDLER_FAILED, NO_HANDLER and IDENTITY_MISMATCH.
 */
const EXPECTED = new Set([
  'ABORTED',
  'CERTIFICATE_EXPIRED',
  'CLOSED',
  'DIAL_FAILED',
  'EXPIRED',
  'HANDSHAKE_FAILED',
  'NO_ADDRESS',
  'PEER_UNREACHABLE',
  'SESSION_LOST',
  'STREAM_RESET',
  'TIMEOUT',
])
/** Both sides dialled at once, or a node that is closing takes nobody any more. */
const EXPECTED_TEXT = /our own dial stays|refused by limit or rule|another connection/
const MAX_TIMES = 20_000
const MAX_PROBLEMS = 50

export class Ledger {
  #operations = {}
  #errors = {}
  #unexpected = {}
  #problems = []
  #times = []

  /** An operation ended well. */
  done(kind) {
    this.#operations[kind] = (this.#operations[kind] ?? 0) + 1
  }

  /** An operation ended with an error, which a run like this may cause or not. */
  failed(kind, error) {
    const code = error?.code ?? error?.name ?? String(error)
    this.#errors[code] = (this.#errors[code] ?? 0) + 1
    if (EXPECTED.has(code) || (code === 'LIMIT_EXCEEDED' && EXPECTED_TEXT.test(error.message))) return
    const text = `${kind}: ${code}: ${error?.message ?? error}`
    this.#unexpected[text] = (this.#unexpected[text] ?? 0) + 1
  }

  /** Something that no cut and no deadline excuses: wrong bytes, a message lost or doubled, a hang. */
  problem(text) {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(text)
  }

  /** Time of one request, ms. */
  took(ms) {
    if (this.#times.length < MAX_TIMES) this.#times.push(ms)
  }

  /** What was counted since the last call; what is wrong stays. */
  take() {
    const taken = {
      operations: this.#operations,
      errors: this.#errors,
      unexpected: { ...this.#unexpected },
      problems: [...this.#problems],
      times: this.#times,
    }
    this.#operations = {}
    this.#errors = {}
    this.#times = []
    return taken
  }
}

/** The value below which this part of the values lies. */
export function quantile(values, part) {
  if (values.length === 0) return 0
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]
}
