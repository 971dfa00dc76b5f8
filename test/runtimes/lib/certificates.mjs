import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { at } from '../../../scripts/lib/project.mjs'

/**
 * Issues certificates for this run, by the code that the tests of the transports use.
 *
 * @returns PEM texts, the pin of the server's key, a file with the authority for runtimes that want one, and what a
 * stranger would have
 */
export async function issueCertificates(app) {
  const outfile = join(app, 'certificates.bundle.mjs')
  await build({
    entryPoints: [at('test/transports/certificates.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'silent',
  })
  const { issue } = await import(pathToFileURL(outfile).href)
  const authority = issue('authority of the runtimes', { authority: true })
  const { cert, key, pin } = issue('127.0.0.1', { issuer: authority, hosts: ['127.0.0.1'] })
  const stranger = issue('another authority', { authority: true })
  const foreign = issue('127.0.0.1', { issuer: stranger, hosts: ['127.0.0.1'] })
  const caFile = join(app, 'authority.pem')
  writeFileSync(caFile, authority.cert)
  return {
    ca: authority.cert,
    caFile,
    cert,
    key,
    pin,
    foreignCa: stranger.cert,
    foreignCert: foreign.cert,
    foreignKey: foreign.key,
  }
}
