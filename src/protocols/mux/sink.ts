/**
 * What a mux tells its owner. Calls come from inside the mux's own methods, also while the owner is calling it; every
 * method of the mux but `receive` may be called from them. Buffers are valid during the call only.
 */
export interface MuxSink {
  /** The peer opened a stream. Its priority is the peer's wish for its own data; ours is set with `priority`. */
  onStream(id: number, name: string, priority: number): void
  /** Bytes of a stream or lane; whoever takes them gives credit back with `consume`. */
  onData(id: number, buffer: Uint8Array, from: number, to: number): void
  /** The peer sent all of its half. */
  onEnd(id: number): void
  /** The peer gave its half up. Bytes not consumed yet are to be dropped; their credit is returned already. */
  onReset(id: number, code: number): void
  /** The peer wants no more; unless the owner resets with a code of its own in this call, the half is reset with this one. */
  onStop(id: number, code: number): void
  /** A stream whose `write` took less than asked has a turn: write now, in this call. */
  onWritable(id: number): void
  /** Both halves are done and every byte is consumed; the id is forgotten. */
  onClosed(id: number): void
  /** `open` had to refuse and would no more. */
  onStreamsAvailable(): void
  /** A datagram of the peer. */
  onDatagram(buffer: Uint8Array, from: number, to: number): void
  /** The answer to a ping. The owner checks that it asked: the value is the peer's word. */
  onPong(payload: number): void
  /** The peer broke the protocol. Nothing more is read or written; the owner closes the session. */
  onViolation(reason: string): void
}
