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
/** Seed d ‖ z of a key (64 bytes), or the coins of an encapsulation (32). */
export const KEM_SEED = 0x15800
/** The shared secret; 32 bytes. */
export const KEM_SHARED = 0x158c0
/** Ciphertext; 1088 bytes. */
export const KEM_CIPHERTEXT = 0x18020
/** Decapsulation key of FIPS 203 (2400 bytes), and right behind it the matrix of its encapsulation key (4752 bytes). */
export const KEM_DK = 0x18a00
/** The encapsulation key inside of that; 1184 bytes. */
export const KEM_EK = 0x18e80

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
/** Where a batch of BLAKE3 leaves its digests. */
export const BATCH_OUT = 0xc040
/** Bytes of input, and of output, that one call for a batch takes. */
export const BATCH_BYTES = 0x8000
