/** The code in a reason for cancel or abort: the reason itself or its `streamCode`, where that is a number; 0 otherwise. */
export function streamCodeOf(reason: unknown): number {
  const given = typeof reason === 'object' && reason !== null && 'streamCode' in reason ? reason.streamCode : reason
  return Number.isSafeInteger(given) && (given as number) >= 0 ? (given as number) : 0
}
