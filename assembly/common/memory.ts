// The memory map of the keys instance (see assembly/README.md). Everything below BUFFER is written by kernels only,
// except STATE's key words and TAG, which the façade fills before a call.

/** ChaCha20 state of RFC 8439 §2.3: constants, key, counter, nonce; 16 words. */
export const STATE: usize = 0x400
/** Where the key's 8 words lie inside STATE. */
export const STATE_KEY: usize = STATE + 16
/** Tag of a seal, or the tag to compare with before an open; 16 bytes. */
export const TAG: usize = 0x440
/** The tag computed by an open or by a message in pieces; 16 bytes. */
export const COMPUTED: usize = 0x450
/** The first eight blocks of the key stream; all zero between calls, so that it can be made by xor in place. */
export const STREAM: usize = 0x480
/** Bytes of STREAM. */
export const STREAM_BYTES: usize = 512
/** Poly1305: accumulator, r, s and the powers of r; layout in poly1305/. */
export const POLY: usize = 0x700
/** Bytes of POLY. */
export const POLY_BYTES: usize = 0x210

/** BLAKE3: the eight key words of the mode at hand. */
export const BLAKE_KEY: usize = 0x1000
/** Root candidate: chaining value (32), block (64); counter, length and flags follow in words. */
export const BLAKE_NODE: usize = 0x1040
/** Bytes from BLAKE_KEY to the end of BLAKE_NODE: all that an input of one chunk touches. */
export const BLAKE_SHORT_BYTES: usize = 0x100
/** Message words of four inputs, transposed: 16 vectors. */
export const BLAKE_WORDS: usize = 0x1100
/** Chaining values of one piece of 64 chunks, reduced in place. */
export const BLAKE_VALUES: usize = 0x1200
/** Stack of chaining values of finished pieces, one for each set bit of their number. */
export const BLAKE_STACK: usize = 0x2000
/** Bytes from BLAKE_KEY to the end of BLAKE_STACK: what a keyed call wipes. */
export const BLAKE_BYTES: usize = 0x1800
/** Items of a batch whose length is no whole number of blocks: four of up to 1024 bytes, zeros behind each. */
export const BLAKE_ITEMS: usize = 0x2800
/** Bytes of BLAKE_ITEMS, with the block of zeros behind the last item. */
export const BLAKE_ITEMS_BYTES: usize = 0x1040

/** Input and output of all kernels of this instance. */
export const BUFFER: usize = 0x4000
/** Bytes the façade may fill. The slack behind takes what whole blocks write past the end. */
export const BUFFER_BYTES: usize = 0x11000

/** Where in BUFFER a batch of BLAKE3 leaves its digests: behind 32 KiB of input and the padding of its last block. */
export const BATCH_OUT: usize = BUFFER + 0x8040

/** ML-KEM: matrices, vectors, Keccak states, keys and ciphertexts on their way. */
export const KEM: usize = 0x15000
/** Bytes of KEM. */
export const KEM_BYTES: usize = 0xb000
/** Onion cells: states, sub-keys and scratch; the cells themselves lie in BUFFER. */
export const ONION: usize = 0x20000
/** Bytes of ONION. Behind it, from 0x50000 on (`memoryBase` of asconfig.json), lie the module's constants. */
export const ONION_BYTES: usize = 0x30000
