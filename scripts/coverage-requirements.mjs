// npm run coverage:requirements [-- --json]: which requirement ids a test claims by its title, per section.
import { coverage, readRequirements, readTitles } from './requirements/read.mjs'

const rows = coverage(readRequirements(), readTitles())
const proven = rows.filter(row => row.tests.length > 0)

function printTable() {
  for (const section of new Set(rows.map(row => row.section))) {
    const mine = rows.filter(row => row.section === section)
    const have = mine.filter(row => row.tests.length > 0).map(row => row.id)
    const lack = mine.filter(row => row.tests.length === 0).map(row => row.id)
    console.log(`${section}: ${have.length} of ${mine.length}`)
    if (have.length > 0) console.log(`    proven   ${have.join(' ')}`)
    if (lack.length > 0) console.log(`    not yet  ${lack.join(' ')}`)
  }
  console.log(`\n${proven.length} of ${rows.length} requirements are claimed by a test`)
}

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ proven: proven.length, total: rows.length, requirements: rows }, null, 2))
} else printTable()
