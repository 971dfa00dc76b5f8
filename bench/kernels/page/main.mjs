// The page: starts the worker that measures, draws each row when it comes, and keeps what the bench asks for.
import { absences, charts, escape, legend, table } from './charts.mjs'

const element = id => document.getElementById(id)
const filter = new URL(location.href).searchParams.get('rows') ?? undefined

/** What the bench reads: results so far and whether they are all. */
const kernels = (globalThis.kernels = { results: [], missing: [], troubles: [], isDone: false, failure: undefined })

function draw() {
  element('charts').innerHTML = charts(kernels.results)
  element('table').innerHTML = kernels.isDone
    ? table(kernels.results, 'All figures: medians of interleaved rounds')
    : ''
  element('progress').value = kernels.results.length
}

function tellMissing() {
  const texts = absences(kernels)
  element('missing').hidden = texts.length === 0
  element('missing').textContent = texts.join('; ')
}

const handlers = {
  begin({ missing, rows }) {
    kernels.missing = missing
    element('progress').max = rows
    element('state').textContent = 'measuring; leave this tab in front'
    tellMissing()
  },
  trouble({ trouble }) {
    kernels.troubles.push(trouble)
    tellMissing()
  },
  row({ result }) {
    kernels.results.push(result)
    draw()
  },
  end() {
    kernels.isDone = true
    element('progress').value = element('progress').max
    element('state').textContent = `${kernels.results.length} rows measured`
    element('again').disabled = false
    draw()
  },
  failed({ message }) {
    kernels.failure = message
    element('state').innerHTML = `failed: <code>${escape(message)}</code>`
    element('again').disabled = false
  },
}

function measure() {
  Object.assign(kernels, { results: [], troubles: [], isDone: false, failure: undefined })
  element('again').disabled = true
  draw()
  const worker = new Worker('/worker.js', { type: 'module' })
  worker.onmessage = ({ data }) => {
    handlers[data.kind](data)
    if (data.kind === 'end' || data.kind === 'failed') worker.terminate()
  }
  worker.onerror = event => handlers.failed({ message: event.message || 'the worker did not load' })
  worker.postMessage({ filter })
}

element('about').textContent = navigator.userAgent
element('legend').innerHTML = legend
element('again').onclick = measure
measure()
