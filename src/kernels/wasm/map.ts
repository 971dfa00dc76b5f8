// Addresses the façade writes to and reads from: a copy of assembly/common/memory.ts, held equal to it by a test.

/** The 8 words of a ChaCha20 key. */
export const STATE_KEY = 0x410
/** The tag an open in pieces is compared with; 16 bytes. */
export const TAG = 0x440
/** The tag computed by a call in pieces; 16 bytes. */
export const COMPUTED = 0x450
/** The 8 key words of BLAKE3. */
export const BLAKE_KEY = 0x1000
/** Input and output of every kernel. */
export const BUFFER = 0x4000

/** Ratchets of a call of onion cells, 48 bytes each. */
export const ONION_STATES = 0x20000
/** Which of them each cell of a relay's batch uses; bytes. */
export const ONION_OWNERS = 0x20c00
/** Whether each cell began with zeros afterwards; bytes. */
export const ONION_VERDICTS = 0x20c40

/** Bytes of one piece of an input too long for one call: whole chunks of BLAKE3, whole groups of ChaCha20 blocks. */
export const PIECE_BYTES = 0x10000
/** Bytes of padded associated data, text and tag that one call takes: a full record and its tag fit. */
export const CALL_BYTES = 0x10400
