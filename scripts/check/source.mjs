import { at, filesUnder, relativePath } from '../lib/project.mjs'
import { parseFile } from '../lib/syntax.mjs'

const isTypeScript = file => file.endsWith('.ts')

/** Every source file under src/, parsed, by its path under src/. Generated files are left out. */
export function readSources() {
  const files = filesUnder(at('src'), isTypeScript).filter(file => !file.endsWith('embedded.ts'))
  return new Map(files.map(file => [relativePath(file, at('src')), parseFile(file, file)]))
}

const folders = ['src', 'assembly', 'test', 'bench', 'examples', 'scripts']

/** Everything people write, tools included, by its path in the project. */
export function readEverything() {
  const files = folders.flatMap(folder => filesUnder(at(folder), file => /\.(ts|mjs)$/.test(file)))
  const written = files.filter(file => !file.endsWith('embedded.ts') && !relativePath(file).startsWith('test/repo/'))
  return new Map(written.map(file => [relativePath(file), parseFile(file, file)]))
}
