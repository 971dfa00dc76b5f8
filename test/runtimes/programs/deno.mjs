import { runTasks } from './tasks.mjs'

await runTasks(Deno.args[0], { canPause: true })
