import { runTasks } from './tasks.mjs'

await runTasks(Bun.argv[2], { canPause: false })
