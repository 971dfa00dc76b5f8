import { client, createNode, isHyphaeError, method, service } from 'hyphae'
import { loadKernels } from 'hyphae/kernels'
import { suites } from 'hyphae/suites'
import { createSimulation } from 'hyphae/testing'
import { exercise } from './exercise.mjs'

const library = { client, createNode, createSimulation, isHyphaeError, loadKernels, method, service, suites }

/** Called by the page's driver. */
globalThis.runTask = task => exercise(library, task)
