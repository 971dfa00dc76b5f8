import { EventEmitter } from 'eventemitter3'
import type { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { Logger } from '../../ports/telemetry.js'
import { hyphaeError } from '../host/failure.js'
import { type EventIterator, EventQueue } from './event-queue.js'
import type { NodeEvent, NodeEventMap, NodeEventType } from './events.js'

/** Hands events to listeners and iterators. A listener that throws harms nobody else. */
export class Events {
  readonly emitter = new EventEmitter<NodeEventMap>()
  private readonly queues = new Set<EventQueue>()

  constructor(
    private readonly bound: number,
    private readonly logger: Logger | undefined,
  ) {}

  /** Whether anybody would hear events of this type. */
  wants(type: NodeEventType): boolean {
    return this.queues.size > 0 || this.emitter.listenerCount(type) > 0
  }

  /** An iteration from now on. */
  iterate(): EventIterator {
    const queue = new EventQueue(this.bound, ended => this.queues.delete(ended))
    this.queues.add(queue)
    return queue
  }

  /** Tells everybody. */
  emit(event: NodeEvent): void {
    for (const queue of this.queues) queue.push(event)
    // The emitter's own emit would stop at the first throw, and the other listeners would lose the event.
    for (const listener of this.emitter.listeners(event.type)) {
      this.emitter.removeListener(event.type, listener, undefined, true)
      this.call(event, listener as (event: NodeEvent) => void)
    }
  }

  /** Tells of an error that nobody is waiting for. */
  error(kind: string, error: HyphaeError, peer?: PeerId, address?: string): void {
    this.emit({ type: 'error', kind, error, peer, address })
  }

  /** No more events. */
  close(): void {
    for (const queue of [...this.queues]) queue.end()
  }

  private call(event: NodeEvent, listener: (event: NodeEvent) => void): void {
    try {
      listener(event)
    } catch (error) {
      this.logger?.error('a listener threw', { event: event.type, error })
      // A listener of errors that throws would be told of its own error for ever.
      if (event.type !== 'error')
        this.error('listener', hyphaeError(error, 'HANDLER_FAILED', `a listener of ${event.type} threw`))
    }
  }
}
