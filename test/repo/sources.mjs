import { parse } from '../../scripts/lib/syntax.mjs'

/** Sources as the checkers want them, from `{ path: text }`. */
export const sourcesOf = files => new Map(Object.entries(files).map(([file, text]) => [file, parse(file, text)]))
