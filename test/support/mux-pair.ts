import { concat, equalConstantTime } from '../../src/core/bytes.js'
import { DEFAULT_MUX_LIMITS, type MuxLimits } from '../../src/protocols/mux/config.js'
import { Mux } from '../../src/protocols/mux/machine.js'
import type { MuxSink } from '../../src/protocols/mux/sink.js'
import { RecordPipe, type RecordPipeOptions } from './records.js'

/** Bytes that wait to be written to one stream, and whether its end follows. */
interface Outgoing {
  bytes: Uint8Array
  at: number
  end: boolean
}

/** One side: a mux, its records, and an owner that writes down everything it is told. */
export class MuxEnd implements MuxSink {
  readonly mux: Mux
  readonly records: RecordPipe
  /** What happened but for data, as text: `stream 8 files 3`, `end 8`, … */
  readonly events: string[] = []
  /** Data per id, as it came. */
  readonly received = new Map<number, Uint8Array[]>()
  /** Order in which ids got data, repeats left out. */
  readonly dataOrder: number[] = []
  /** Order of turns. */
  readonly turns: number[] = []
  readonly datagrams: Uint8Array[] = []
  violation: string | undefined
  /** Consumes data as it comes. */
  autoConsume = true
  /** Keeps the bytes received. Off where only their number matters. */
  keep = true
  /** Sees data before it is consumed. */
  inspect: (id: number, buffer: Uint8Array, from: number, to: number) => void = () => undefined
  receivedBytes = 0
  largestUnconsumed = 0
  private readonly outgoing = new Map<number, Outgoing>()

  constructor(initiator: boolean, local: MuxLimits, remote: MuxLimits, records: RecordPipeOptions) {
    this.records = new RecordPipe(records)
    this.mux = new Mux({ initiator, local, remote, records: this.records, sink: this })
  }

  /** Writes everything, the rest in its turns, and the end after it. */
  send(id: number, bytes: Uint8Array, end = false): void {
    const before = this.outgoing.get(id)
    if (before !== undefined) {
      before.bytes = concat(before.bytes.subarray(before.at), bytes)
      before.at = 0
      before.end ||= end
      return
    }
    this.outgoing.set(id, { bytes, at: 0, end })
    this.push(id)
  }

  /** Bytes given to `send` that the mux has not taken. */
  unsent(id: number): number {
    const waiting = this.outgoing.get(id)
    return waiting === undefined ? 0 : waiting.bytes.length - waiting.at
  }

  bytesOf(id: number): Uint8Array {
    return concat(...(this.received.get(id) ?? []))
  }

  /** Whether exactly these bytes came; `toEqual` on long arrays takes seconds. */
  got(id: number, bytes: Uint8Array): boolean {
    return equalConstantTime(this.bytesOf(id), bytes)
  }

  onStream(id: number, name: string, priority: number): void {
    this.events.push(`stream ${id} ${name} ${priority}`)
  }

  onData(id: number, buffer: Uint8Array, from: number, to: number): void {
    if (this.keep) {
      const pieces = this.received.get(id) ?? []
      pieces.push(buffer.slice(from, to))
      this.received.set(id, pieces)
    }
    this.receivedBytes += to - from
    this.inspect(id, buffer, from, to)
    if (this.dataOrder.at(-1) !== id) this.dataOrder.push(id)
    this.largestUnconsumed = Math.max(this.largestUnconsumed, this.mux.stats.unconsumedBytes)
    if (this.autoConsume) this.mux.consume(id, to - from)
  }

  onEnd(id: number): void {
    this.events.push(`end ${id}`)
  }

  onReset(id: number, code: number): void {
    this.events.push(`reset ${id} ${code}`)
  }

  onStop(id: number, code: number): void {
    this.events.push(`stop ${id} ${code}`)
    this.outgoing.delete(id)
  }

  onWritable(id: number): void {
    this.turns.push(id)
    this.push(id)
  }

  onClosed(id: number): void {
    this.events.push(`closed ${id}`)
    this.outgoing.delete(id)
  }

  onStreamsAvailable(): void {
    this.events.push('streams available')
  }

  onDatagram(buffer: Uint8Array, from: number, to: number): void {
    this.datagrams.push(buffer.slice(from, to))
  }

  onPong(payload: number): void {
    this.events.push(`pong ${payload}`)
  }

  onViolation(reason: string): void {
    this.violation = reason
  }

  private push(id: number): void {
    const waiting = this.outgoing.get(id)
    if (waiting === undefined) return
    waiting.at += this.mux.write(id, waiting.bytes, waiting.at, waiting.bytes.length)
    if (waiting.at < waiting.bytes.length) return
    this.outgoing.delete(id)
    if (waiting.end) this.mux.end(id)
  }
}

/** What differs from the defaults in a {@link MuxPair}. */
export interface MuxPairOptions {
  readonly limits?: Partial<MuxLimits>
  readonly records?: RecordPipeOptions
}

/** Two muxes that read each other's records when told to. */
export class MuxPair {
  readonly a: MuxEnd
  readonly b: MuxEnd

  constructor(options: MuxPairOptions = {}) {
    const limits = { ...DEFAULT_MUX_LIMITS, ...options.limits }
    this.a = new MuxEnd(true, limits, limits, options.records ?? {})
    this.b = new MuxEnd(false, limits, limits, options.records ?? {})
  }

  /** Carries one record to `to`; false where there is none. */
  deliver(to: MuxEnd): boolean {
    const from = to === this.a ? this.b : this.a
    const record = from.records.take()
    if (record !== undefined) to.mux.receive(record, 0, record.length)
    if (from.records.refused && from.records.hasRoom()) {
      from.records.refused = false
      from.mux.resume()
    }
    return record !== undefined
  }

  /** Carries records both ways until there are none. */
  settle(): void {
    while (this.deliver(this.b) || this.deliver(this.a));
  }
}

/** Bytes that differ at every place within 251 × 256 of each other. */
export function pattern(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 7 + (i >>> 8) * 13 + seed) & 0xff
  return bytes
}
