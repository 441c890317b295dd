// Temporary files: pictures taken and files chosen, in memory, gone with the page. Paths look like WeChat's.

import { asynchronousAll, Failure } from './convention.js'

const EXTENSIONS = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
}
export const USER_DATA_PATH = 'wxfile://usr'

export class Files {
  constructor() {
    this.files = new Map()
    this.addresses = new Map()
    this.count = 0
  }

  /** Keeps a file and returns its path. */
  keep(bytes, { type = '', name = '' } = {}) {
    this.count += 1
    const path = `wxfile://tmp_${this.count}.${EXTENSIONS[type] || name.split('.').pop() || 'bin'}`
    this.files.set(path, { bytes, type, name: name || path.split('//')[1] })
    return path
  }

  async keepBlob(blob, name = blob.name) {
    return this.keep(new Uint8Array(await blob.arrayBuffer()), { type: blob.type, name })
  }

  /** @throws {Failure} */
  read(path) {
    const file = this.files.get(path)
    if (!file) throw new Failure(`no such file or directory "${path}"`)
    return file
  }

  write(path, bytes) {
    if (!path.startsWith(USER_DATA_PATH)) throw new Failure(`permission denied, open "${path}"`)
    this.remove(path)
    this.files.set(path, { bytes, type: '', name: path.split('/').pop() })
  }

  remove(path) {
    URL.revokeObjectURL(this.addresses.get(path))
    this.addresses.delete(path)
    this.files.delete(path)
  }

  /** Where the browser finds it: an address for <img>. */
  address(path) {
    if (!this.addresses.has(path)) {
      const { bytes, type } = this.read(path)
      this.addresses.set(path, URL.createObjectURL(new Blob([bytes], { type })))
    }
    return this.addresses.get(path)
  }

  has(path) {
    return this.files.has(path)
  }
}

/** What leaves the app: WeChat has it on computers alone, and the browser saves it where it saves downloads. */
export function saving(files) {
  return asynchronousAll({
    saveFileToDisk: ({ filePath, fileName }) => {
      const link = document.createElement('a')
      link.href = files.address(filePath)
      link.download = fileName || files.read(filePath).name
      link.click()
    },
  })
}

/** wx.getFileSystemManager(). */
export function fileSystem(files) {
  const synchronous = {
    readFileSync: (path, encoding) => encoded(files.read(path).bytes, encoding),
    writeFileSync: (path, data, encoding) => files.write(path, decoded(data, encoding)),
    unlinkSync: (path) => files.remove(path),
    accessSync: (path) => void files.read(path),
  }
  const functions = asynchronousAll({
    readFile: ({ filePath, encoding }) => ({ data: encoded(files.read(filePath).bytes, encoding) }),
    writeFile: ({ filePath, data, encoding }) => files.write(filePath, decoded(data, encoding)),
    unlink: ({ filePath }) => files.remove(filePath),
    access: ({ path }) => void files.read(path),
    getFileInfo: ({ filePath }) => ({ size: files.read(filePath).bytes.length }),
  })
  return { ...functions, ...synchronous }
}

export function encoded(bytes, encoding) {
  if (!encoding) return bytes.slice().buffer
  if (encoding === 'base64') return base64(bytes)
  if (encoding === 'hex') return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  if (encoding === 'utf8' || encoding === 'utf-8') return new TextDecoder().decode(bytes)
  throw new Failure(`invalid encoding "${encoding}"`)
}

function decoded(data, encoding = 'utf8') {
  if (typeof data !== 'string') return new Uint8Array(data)
  if (encoding === 'base64') return Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0))
  return new TextEncoder().encode(data)
}

const CHUNK = 0x8000

export function base64(bytes) {
  let text = ''
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  return btoa(text)
}

export const fromBase64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))
