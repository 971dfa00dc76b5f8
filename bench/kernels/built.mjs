/**
 * The kernels of the built package. Imported when asked for, so that rows and options can be read without a build.
 *
 * @param {import('../../dist/kernels/index.js').KernelOptions} options
 */
export const builtKernels = async options => (await import('../../dist/kernels/index.js')).loadKernels(options)
