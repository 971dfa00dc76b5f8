/** A stream of text that a person or a program reads. */
export interface Output {
  write(text: string): void
  /** Whether a person watches: progress is drawn in place then, and in plain lines otherwise. */
  readonly isTerminal: boolean
  /** Width of the terminal, characters. */
  readonly columns: number
}

/** Everything of the process that the command touches, so that tests can run it inside their own. */
export interface Io {
  readonly out: Output
  readonly err: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Fires when the process is asked to stop (SIGINT, SIGTERM, SIGHUP). */
  readonly stop: AbortSignal
  /** Asks for a secret without showing it; undefined where nobody can answer. */
  readSecret(question: string): Promise<string | undefined>
}
