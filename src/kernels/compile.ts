import { kernelsBase64 } from './embedded.js'

/** Compiles the kernels from the bytes inside the package. Throws where the runtime refuses that. */
export function compileEmbedded(): WebAssembly.Module {
  return new WebAssembly.Module(fromBase64(kernelsBase64))
}

/** Decodes base64 by the one function for it that every runtime has. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
