import { client, createNode, isHyphaeError, method, service } from 'hyphae'
import { loadKernels } from 'hyphae/kernels'
import { createSimulation } from 'hyphae/testing'
import { exercise } from './exercise.mjs'

const library = { client, createNode, createSimulation, isHyphaeError, loadKernels, method, service }

/** Called by the page's driver. */
globalThis.runTask = task => exercise(library, task)
