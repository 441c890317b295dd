// The built app beside a running city, while one works on it: node web/serve.mjs [PORT] [CITY]
import http from 'node:http'
import fs from 'node:fs'
import path from 'node:path'

const port = Number(process.argv[2] || 8090)
const city = new URL(process.argv[3] || 'http://127.0.0.1:8080')
const dist = path.join(import.meta.dirname, '../dist')
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png' }

http.createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://x')
  if (pathname.startsWith('/api/')) {
    const onward = http.request({ host: city.hostname, port: city.port, path: request.url, method: request.method, headers: request.headers },
      (answer) => { response.writeHead(answer.statusCode, answer.headers); answer.pipe(response) })
    onward.on('error', () => response.writeHead(502).end())
    return request.pipe(onward)
  }
  const file = path.join(dist, pathname === '/' ? 'index.html' : pathname)
  if (!file.startsWith(dist) || !fs.existsSync(file)) return response.writeHead(404).end()
  response.writeHead(200, { 'Content-Type': TYPES[path.extname(file)] || 'application/octet-stream' })
  fs.createReadStream(file).pipe(response)
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/ beside ${city.origin}`))
