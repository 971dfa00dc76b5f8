/** Number of a root suite: 1 ML-DSA-65 + Ed25519, 2 ML-DSA-87 + ECDSA P-384, 3 SLH-DSA-SHA2-128s. */
export type SuiteId = 1 | 2 | 3

/** Lengths in bytes that the layouts of a suite depend on. Suite 2 ends in a DER signature, whose length varies. */
export const SUITE_SIZES: Readonly<
  Record<SuiteId, { readonly publicKey: number; readonly minSignature: number; readonly maxSignature: number }>
> = {
  1: { publicKey: 1984, minSignature: 3373, maxSignature: 3373 },
  2: { publicKey: 2689, minSignature: 4627 + 8, maxSignature: 4627 + 104 },
  3: { publicKey: 32, minSignature: 7856, maxSignature: 7856 },
}

/** Whether a number from the wire names a suite we know. */
export function isSuiteId(value: number): value is SuiteId {
  return value === 1 || value === 2 || value === 3
}
