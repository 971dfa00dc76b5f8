import { runTasks } from './tasks.mjs'

await runTasks(process.argv[2], { canPause: true })
