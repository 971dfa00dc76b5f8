/** The compiled kernels as runtimes with WebAssembly imports hand them out. */
declare module 'hyphae/kernels.wasm' {
  const compiled: WebAssembly.Module
  export default compiled
}
