import { HyphaeError } from '../../core/errors.js'

/** One thing a schema found wrong. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a schema says of a value. */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

/**
 * A schema of any library that follows Standard Schema, version 1 (https://standardschema.dev): valibot, zod, arktype and
 * others. Only what is used here is asked for.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    /** Checks a value, and may make another of it. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What may be given to a schema. */
export type InputOf<S extends Schema> = NonNullable<S['~standard']['types']>['input']

/** What a schema makes of it. */
export type OutputOf<S extends Schema> = NonNullable<S['~standard']['types']>['output']

/**
 * Holds a value against a schema.
 *
 * @param what - for the error: `stock.find, input`
 * @returns what the schema made of the value
 * @throws HyphaeError SCHEMA_INVALID with the `issues` in its details
 */
export async function validate<S extends Schema>(schema: S, value: unknown, what: string): Promise<OutputOf<S>> {
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined) return result.value
  const issues = result.issues.map(({ message, path }) => ({ message, path: (path ?? []).map(keyOf) }))
  const first = issues[0]
  const where = first === undefined || first.path.length === 0 ? '' : ` at ${first.path.map(String).join('.')}`
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  throw new HyphaeError('SCHEMA_INVALID', `${what}${where}: ${first?.message ?? 'refused'}${more}`, {
    details: { what, issues },
  })
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): PropertyKey {
  return typeof part === 'object' ? part.key : part
}
