/**
 * The one list of source files that a test under Node cannot execute, each with the reason. They are left out of the
 * coverage figure and proven by the runtime suite (test/runtimes) instead: `by` names its runtimes that load the file, any
 * of which will do, and the suite says which files a run left unproven.
 */
export const onlyElsewhere = [
  { path: 'src/platform/deno.ts', by: ['deno'], reason: 'runs only in Deno' },
  { path: 'src/platform/bun.ts', by: ['bun'], reason: 'runs only in Bun' },
  { path: 'src/platform/workerd.ts', by: ['workerd'], reason: 'runs only in workerd' },
  { path: 'src/platform/browser.ts', by: ['chromium', 'firefox'], reason: 'runs only in a browser' },
  { path: 'src/transports/websocket/bun.ts', by: ['bun'], reason: 'needs Bun.serve' },
  { path: 'src/transports/websocket/workerd.ts', by: ['workerd'], reason: 'needs WebSocketPair' },
  {
    path: 'src/kernels/index.workerd.ts',
    by: ['workerd'],
    reason: 'imports a WebAssembly module, as only workerd and bundlers do',
  },
]
