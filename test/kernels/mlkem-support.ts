import { kernelsBase64 } from '../../src/kernels/embedded.js'
import { type KernelExports, instantiate, KernelInstance } from '../../src/kernels/wasm/instance.js'
import { WasmMlKem768 } from '../../src/kernels/wasm/mlkem.js'

/** A new instance of the kernels that were built. */
export const freshKernel = (): KernelInstance =>
  instantiate(new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64')))

/** ML-KEM on an instance of its own, with the instance to look into. */
export function freshMlKem(): { kernel: KernelInstance; mlkem: WasmMlKem768 } {
  const kernel = freshKernel()
  return { kernel, mlkem: new WasmMlKem768(kernel) }
}

/** The same kernels with some exports wrapped by what `wrap` makes of them. */
export function wrapped(
  kernel: KernelInstance,
  wrap: (name: string, work: (...args: number[]) => unknown) => (...args: number[]) => unknown,
): KernelInstance {
  const exports: Record<string, unknown> = { memory: kernel.exports.memory }
  for (const [name, work] of Object.entries(kernel.exports as unknown as Record<string, unknown>)) {
    if (typeof work === 'function') exports[name] = wrap(name, work as (...args: number[]) => unknown)
  }
  return new KernelInstance(exports as unknown as KernelExports)
}

/** Writes a 12-bit coefficient into an encoded encapsulation key. */
export function setCoefficient(key: Uint8Array, index: number, value: number): void {
  const at = (index >>> 1) * 3
  if (index % 2 === 0) {
    key[at] = value
    key[at + 1] = (key[at + 1] & 0xf0) | (value >>> 8)
  } else {
    key[at + 1] = (key[at + 1] & 0x0f) | ((value & 15) << 4)
    key[at + 2] = value >>> 4
  }
}
