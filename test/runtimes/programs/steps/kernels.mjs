import { expect, expectEqual, hex, unhex } from '../common.mjs'

/** Vectors of the authors: BLAKE3 of nothing, and the sunscreen of RFC 8439 §2.8.2. */
const EMPTY_BLAKE3 = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'
const RFC_8439 = {
  key: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
  nonce: '070000004041424344454647',
  ad: '50515253c0c1c2c3c4c5c6c7',
  text: "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  tag: '1ae10b594f09e26a7e902ecbd0600691',
}

/** ML-KEM-768 of a seed of 0x01 bytes: the end of its key, and the secret of a ciphertext of 0x03 bytes. */
const ML_KEM = {
  keyEnd: '1c895ce4b234c9759472998b2d30ca26ebdbec72bee7accb2c2f12721aa18152',
  rejected: '942653c9d16fd91abe1c657ff73c2ff853fc12bf6d4552f827019aa3806538db',
}

/** ML-KEM is there wherever WebAssembly is, and computes what the specification says. */
function mlKem({ mlkem768 }, wanted) {
  expect((mlkem768 !== undefined) === (wanted === 'wasm'), `ML-KEM of the kernels is ${mlkem768?.backend}`)
  if (mlkem768 === undefined) return
  const key = mlkem768.keyPair(new Uint8Array(64).fill(1))
  expectEqual(hex(key.publicKey.subarray(1152)), ML_KEM.keyEnd, 'key of ML-KEM')
  expectEqual(hex(key.decapsulate(new Uint8Array(1088).fill(3))), ML_KEM.rejected, 'rejection of ML-KEM')
  const { ciphertext, secret } = mlkem768.encapsulate(key.publicKey, new Uint8Array(32).fill(2))
  expectEqual(hex(key.decapsulate(ciphertext)), hex(secret), 'secret of ML-KEM')
  key.free()
}

/** The kernels are those of WebAssembly and compute what the specifications say. */
export async function kernels({ library, task }) {
  const loaded = library.loadKernels()
  const { aead, blake3, backends } = loaded
  const wanted = task.kernels ?? 'wasm'
  expect(backends.aead === wanted && backends.blake3 === wanted, `kernels are ${JSON.stringify(backends)}`)
  mlKem(loaded, wanted)
  expectEqual(hex(blake3.hash(new Uint8Array(0))), EMPTY_BLAKE3, 'BLAKE3 of nothing')
  const plain = new TextEncoder().encode(RFC_8439.text)
  const buffer = new Uint8Array(plain.length + 16)
  buffer.set(plain)
  const key = aead.key(unhex(RFC_8439.key))
  const ad = unhex(RFC_8439.ad)
  key.seal(unhex(RFC_8439.nonce), ad, 0, ad.length, buffer, 0, plain.length)
  expectEqual(hex(buffer.subarray(plain.length)), RFC_8439.tag, 'tag of RFC 8439')
  const isOpen = key.open(unhex(RFC_8439.nonce), ad, 0, ad.length, buffer, 0, buffer.length)
  expect(isOpen && hex(buffer.subarray(0, plain.length)) === hex(plain), 'what was sealed does not open again')
  key.free()
  return wanted === 'wasm' ? '' : wanted
}
