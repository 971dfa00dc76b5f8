import { existsSync, readFileSync } from 'node:fs'
import { at, filesUnder, relativePath } from './scripts/lib/project.mjs'

const compiled = at('build/js')

/** Hands the compiler's source maps on, so that those in the package lead back to the TypeScript. */
const compilerMaps = {
  name: 'compiler-maps',
  load(id) {
    const map = `${id}.map`
    if (!existsSync(map)) return null
    const code = readFileSync(id, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
    // The generated module's map would carry the kernels a second time.
    return { code, map: id.endsWith('embedded.js') ? { mappings: '' } : JSON.parse(readFileSync(map, 'utf8')) }
  },
}

/** One module in, one module out: every file is an entry, so that nothing a declaration promises is shaken away. */
const input = Object.fromEntries(
  filesUnder(compiled, file => file.endsWith('.js')).map(file => [
    relativePath(file, compiled).replace(/\.js$/, ''),
    file,
  ]),
)

export default {
  input,
  // Packages, node: modules and hyphae/kernels.wasm stay imports.
  external: id => !id.startsWith('.') && !id.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(id),
  plugins: [compilerMaps],
  // The same promise as `sideEffects: false` in package.json: what breaks under it breaks here first.
  treeshake: { moduleSideEffects: false },
  output: {
    dir: at('dist'),
    format: 'es',
    preserveModules: true,
    preserveModulesRoot: compiled,
    sourcemap: true,
    generatedCode: 'es2015',
  },
  onwarn(warning, report) {
    // Files of types alone become empty modules.
    if (warning.code !== 'EMPTY_BUNDLE') report(warning)
  },
}
