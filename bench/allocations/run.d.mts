/** Bytes of heap that each operation allocates, both ends together where there are two; by operation. */
export function countAllocations(): Promise<Record<string, number>>
