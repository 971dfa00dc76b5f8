#!/usr/bin/env node
import { processIo } from './process-io.js'
import { run } from './run.js'

const LINGER_MS = 2000

process.exitCode = await run(process.argv.slice(2), processIo(process))
// Everything is closed by now; should a handle of the runtime linger, the command ends all the same.
setTimeout(() => process.exit(), LINGER_MS).unref()
