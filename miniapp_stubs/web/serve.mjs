// The built app beside a running city, while one works on it: node web/serve.mjs [PORT [CITY [DIST]]]

import http from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { OUTPUT } from './compiler/paths.mjs'

const [port = '8090', address = 'http://127.0.0.1:8080', folder = OUTPUT] = process.argv.slice(2)
const city = new URL(address)
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

http
  .createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://here')
    if (pathname.startsWith('/api/')) return onward(request, response)
    const file = path.join(folder, pathname === '/' ? 'index.html' : pathname)
    if (!file.startsWith(folder) || !existsSync(file)) return response.writeHead(404).end()
    const content =
      pathname === '/'
        ? readFileSync(file, 'utf8').replace('data-sandbox=""', `data-sandbox="${await sandbox()}"`)
        : readFileSync(file)
    return response
      .writeHead(200, { 'Content-Type': TYPES[path.extname(file)] || 'application/octet-stream' })
      .end(content)
  })
  .listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/ beside ${city.origin}`))

function onward(request, response) {
  const { url, method, headers } = request
  const forwarded = http.request({ host: city.hostname, port: city.port, path: url, method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers)
    answer.pipe(response)
  })
  forwarded.on('error', () => response.writeHead(502).end())
  request.pipe(forwarded)
}

/** Where the city's sandbox is: what the city itself writes into the page that it serves. */
async function sandbox() {
  const answer = await fetch(new URL('/api/v1/city', city)).catch(() => null)
  return answer?.ok ? (await answer.json()).sandbox_url || '' : ''
}
