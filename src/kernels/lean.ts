import { compileEmbedded } from './compile.js'
import { bindLazyKernels } from './lazy.js'

/** The kernels of browsers: as those of the default entry, with the fallback apart. */
export const leanKernels = /* @__PURE__ */ bindLazyKernels(compileEmbedded, () => import('./fallback/index.js'))
