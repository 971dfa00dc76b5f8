import { bytes, duration } from './format.js'
import type { Output } from './io.js'

const BAR_CHARS = 24
const REDRAW_MS = 100
const LINE_MS = 1000

/**
 * Progress of a transfer: a bar drawn in place for people at a terminal, a line a second elsewhere. Says nothing where
 * it is given no output.
 */
export class Progress {
  private readonly startedMs = performance.now()
  private shownMs = -Infinity
  private shownBytes = -1

  /**
   * @param total - bytes of the whole
   * @param already - bytes that were there before this run; they do not count for the rate
   */
  constructor(
    private readonly out: Output | undefined,
    private readonly label: string,
    private readonly total: number,
    private readonly already = 0,
  ) {}

  /** So many bytes of the whole are there. */
  update(done: number): void {
    const { out } = this
    const nowMs = performance.now()
    if (out === undefined || nowMs - this.shownMs < (out.isTerminal ? REDRAW_MS : LINE_MS)) return
    this.shownMs = nowMs
    this.show(out, done)
  }

  /** The end: the last state stays on screen. */
  finish(done: number): void {
    const { out } = this
    if (out === undefined) return
    if (out.isTerminal || this.shownBytes !== done) this.show(out, done)
    if (out.isTerminal) out.write('\n')
  }

  /** The line as it would be shown. */
  line(done: number, columns: number): string {
    const share = this.total === 0 ? 1 : done / this.total
    const filled = Math.round(share * BAR_CHARS)
    const seconds = Math.max(0.001, (performance.now() - this.startedMs) / 1000)
    const rate = (done - this.already) / seconds
    const left = rate > 0 && done < this.total ? `, ${duration(((this.total - done) / rate) * 1000)} left` : ''
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_CHARS - filled)}]`
    const percent = `${Math.floor(share * 100)}`.padStart(3)
    const text = `${bar} ${percent} %  ${bytes(done)} of ${bytes(this.total)}, ${bytes(Math.round(rate))}/s${left}`
    return `${this.label} ${text}`.slice(0, columns)
  }

  private show(out: Output, done: number): void {
    this.shownBytes = done
    const line = this.line(done, out.isTerminal ? Math.max(20, out.columns - 1) : 200)
    // Carriage return and "erase to the end of the line" draw over the former state.
    out.write(out.isTerminal ? `\r${line}\u001b[K` : `${line}\n`)
  }
}
