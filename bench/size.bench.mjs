// npm run bench -- size [--json]
import { measureCore } from './size/measure.mjs'

const { findings, summary } = await measureCore()
console.log(process.argv.includes('--json') ? JSON.stringify({ findings, summary }) : summary)
process.exit(findings.length === 0 ? 0 : 1)
