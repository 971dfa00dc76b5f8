/**
 * The one list of source files that a test under Node cannot execute, each with the reason. They are left out of the
 * coverage figure and proven by the runtime suite (test/runtimes) instead.
 */
export const onlyElsewhere = [
  { path: 'src/platform/deno.ts', reason: 'runs only in Deno' },
  { path: 'src/platform/bun.ts', reason: 'runs only in Bun' },
  { path: 'src/platform/workerd.ts', reason: 'runs only in workerd' },
  { path: 'src/platform/browser.ts', reason: 'runs only in a browser' },
  { path: 'src/transports/websocket/deno.ts', reason: 'needs Deno.serve and Deno.upgradeWebSocket' },
  { path: 'src/transports/websocket/bun.ts', reason: 'needs Bun.serve' },
  { path: 'src/transports/websocket/workerd.ts', reason: 'needs WebSocketPair' },
  { path: 'src/kernels/index.workerd.ts', reason: 'imports a WebAssembly module, as only workerd and bundlers do' },
]
