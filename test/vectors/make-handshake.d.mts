/** Contents of the vector files, by name. */
export const made: Record<'handshake.json' | 'records.json' | 'attach.json', unknown>
