import { createNode, isHyphaeError } from 'hyphae'
import { loadKernels } from 'hyphae/kernels'
import { runTasks } from './tasks.mjs'

await runTasks({ createNode, isHyphaeError, loadKernels }, Bun.argv[2], false)
