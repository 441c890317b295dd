// wx.request, uploads and downloads, over fetch; and whether there is a network.

import { Failure, failed, settle } from './convention.js'

const TIMEOUT_MS = 60000
const WITHOUT_BODY = new Set(['GET', 'HEAD'])

export function network(files) {
  return {
    request: (options) => task('request', options, (exchange) => request(options, exchange)),
    uploadFile: (options) => task('uploadFile', options, (exchange) => upload(options, exchange, files)),
    downloadFile: (options) => task('downloadFile', options, (exchange) => download(options, exchange, files)),
    getNetworkType: (options = {}) => succeed('getNetworkType', options, { networkType: networkType() }),
    ...connectivity(),
  }
}

const networkType = () => (navigator.onLine ? 'wifi' : 'none')

function succeed(name, options, result) {
  const answer = { errMsg: `${name}:ok`, ...result }
  if (!options.success && !options.complete) return Promise.resolve(answer)
  settle(options, 'success', answer)
  return undefined
}

function connectivity() {
  const listeners = new Set()
  const tell = () =>
    listeners.forEach((listener) => listener({ isConnected: navigator.onLine, networkType: networkType() }))
  window.addEventListener('online', tell)
  window.addEventListener('offline', tell)
  return {
    onNetworkStatusChange: (listener) => listeners.add(listener),
    offNetworkStatusChange: (listener) => (listener ? listeners.delete(listener) : listeners.clear()),
  }
}

/**
 * A task that can be aborted and runs out of time. As in WeChat it is returned at once, and answers through callbacks.
 */
function task(name, options, act) {
  const aborting = new AbortController()
  const ends = { reason: '' }
  const abort = (reason) => {
    ends.reason ||= reason
    aborting.abort()
  }
  const timer = setTimeout(() => abort('timeout'), options.timeout || TIMEOUT_MS)
  const headers = new Set()
  const exchange = async (url, init) => {
    const answer = await fetch(url, {
      ...init,
      signal: aborting.signal,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    })
    const header = Object.fromEntries(answer.headers)
    for (const listener of headers) listener({ header, statusCode: answer.status })
    return { answer, header }
  }
  act(exchange)
    .then(
      (result) => settle(options, 'success', { errMsg: `${name}:ok`, ...result }),
      (error) =>
        settle(
          options,
          'fail',
          failed(name, new Failure(ends.reason || error.message, { errno: ends.reason === 'timeout' ? 5 : 600001 })),
        ),
    )
    .finally(() => clearTimeout(timer))
  return {
    abort: () => abort('abort'),
    onHeadersReceived: (listener) => headers.add(listener),
    offHeadersReceived: (listener) => headers.delete(listener),
    onProgressUpdate() {},
    offProgressUpdate() {},
  }
}

async function request(options, exchange) {
  const method = (options.method || 'GET').toUpperCase()
  const { answer, header } = await exchange(address(options, method), { method, ...content(options, method) })
  const data =
    options.responseType === 'arraybuffer' ? await answer.arrayBuffer() : read(await answer.text(), options.dataType)
  return { data, statusCode: answer.status, header, cookies: [], profile: {} }
}

const read = (text, dataType = 'json') => (dataType === 'json' ? parsed(text) : text)

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function address({ url, data }, method) {
  if (!WITHOUT_BODY.has(method) || data === null || typeof data !== 'object') return url
  const query = pairs(data)
  return query ? url + (url.includes('?') ? '&' : '?') + query : url
}

const pairs = (data) =>
  Object.entries(data)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')

function content({ data, header = {} }, method) {
  const headers = new Headers({ 'content-type': 'application/json' })
  for (const [field, value] of Object.entries(header)) headers.set(field, value) // whatever its letters' case
  if (WITHOUT_BODY.has(method)) {
    headers.delete('content-type')
    return { headers }
  }
  if (data === undefined || data === null) return { headers }
  if (typeof data === 'string' || data instanceof ArrayBuffer) return { headers, body: data }
  const isForm = headers.get('content-type').includes('application/x-www-form-urlencoded')
  return { headers, body: isForm ? pairs(data) : JSON.stringify(data) }
}

async function upload({ url, filePath, name, formData = {}, header = {} }, exchange, files) {
  const file = files.read(filePath)
  const body = new FormData()
  for (const [field, value] of Object.entries(formData)) body.append(field, value)
  body.append(name, new Blob([file.bytes], { type: file.type }), file.name)
  const headers = new Headers(header)
  headers.delete('content-type') // the browser's, with the boundary
  const { answer, header: answered } = await exchange(url, { method: 'POST', headers, body })
  return { data: await answer.text(), statusCode: answer.status, header: answered }
}

async function download({ url, header = {} }, exchange, files) {
  const { answer, header: answered } = await exchange(url, { headers: header })
  const type = answer.headers.get('content-type') || ''
  const tempFilePath = files.keep(new Uint8Array(await answer.arrayBuffer()), { type, name: url.split(/[/?]/).pop() })
  return { tempFilePath, statusCode: answer.status, header: answered }
}
