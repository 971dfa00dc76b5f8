import { describe, expectTypeOf, it } from 'vitest'
import type { TransportFactory } from '../../src/ports/transport.js'
import type { TlsOptions, TransportConfig, TransportOptions } from '../../src/transports/options.js'
import { tcp } from '../../src/transports/tcp/node.js'
import { type websocket } from '../../src/transports/websocket/node.js'

describe('transport configuration', () => {
  it('[C36] has a type, TLS, a bound on connections and a timeout, and refuses other types', () => {
    expectTypeOf<TransportConfig['type']>().toEqualTypeOf<'tcp' | 'ws' | 'memory'>()
    expectTypeOf<TransportConfig['tls']>().toEqualTypeOf<TlsOptions | undefined>()
    expectTypeOf<TransportConfig['maxConnections']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<TransportConfig['connectionTimeoutMs']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<{ type: 'carrier-pigeon' }>().not.toExtend<TransportConfig>()
    expectTypeOf<{ maxConnections: 100 }>().not.toExtend<TransportConfig>()
    expectTypeOf<{ type: 'tcp'; maxConnections: '100' }>().not.toExtend<TransportConfig>()
    const seed = { type: 'tcp', tls: { pins: ['x'] }, maxConnections: 100, connectionTimeoutMs: 30_000 } as const
    expectTypeOf(seed).toExtend<TransportConfig>()
    expectTypeOf(seed).toExtend<TransportOptions>()
    expectTypeOf(tcp).parameter(0).toEqualTypeOf<TransportOptions | undefined>()
    expectTypeOf(tcp).returns.toEqualTypeOf<TransportFactory>()
    expectTypeOf<TransportOptions>().toExtend<NonNullable<Parameters<typeof websocket>[0]>>()
  })
})
