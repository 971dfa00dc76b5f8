import { createNode, isHyphaeError } from 'hyphae'
import { loadKernels } from 'hyphae/kernels'
import { exercise } from './exercise.mjs'

/** Called by the page's driver. */
globalThis.runTask = task => exercise({ createNode, isHyphaeError, loadKernels }, task)
