// The packages of this folder that the kernels are measured against. The imports stand here because names are resolved
// from where the importing file lies, in Node as in a bundler.

/** How to get each; rejects where the folder was not installed. */
export const packages = {
  'libsodium-wrappers': () => import('libsodium-wrappers'),
  '@chainsafe/as-chacha20poly1305': () => import('@chainsafe/as-chacha20poly1305'),
  '@openforge-sh/liboqs': () => import('@openforge-sh/liboqs/kem'),
  'k-bucket': () => import('k-bucket'),
}
