/** @jest-environment jsdom */
import { TextDecoder, TextEncoder } from 'node:util'
import { base64, encoded, Files, fileSystem, fromBase64 } from '../../host/wx/files.js'

Object.assign(global, { TextDecoder, TextEncoder })
URL.revokeObjectURL = () => {}

const BYTES = Uint8Array.from({ length: 100000 }, (_, at) => at % 251)

test('any bytes survive base64', () => {
  expect(base64(BYTES)).toBe(Buffer.from(BYTES).toString('base64'))
  expect([...fromBase64(base64(BYTES))]).toEqual([...BYTES])
})

test('files are read as they are wanted', () => {
  const bytes = new TextEncoder().encode('中')
  expect(encoded(bytes, 'utf8')).toBe('中')
  expect(encoded(bytes, 'hex')).toBe('e4b8ad')
  expect([...new Uint8Array(encoded(bytes))]).toEqual([0xe4, 0xb8, 0xad])
  expect(() => encoded(bytes, 'latin9')).toThrow('invalid encoding')
})

test('a file is there until it is removed, and written only where that is allowed', async () => {
  const files = new Files()
  const manager = fileSystem(files)
  const path = files.keep(new Uint8Array([1, 2]), { type: 'image/jpeg' })
  expect(path).toBe('wxfile://tmp_1.jpg')
  expect(manager.readFileSync(path, 'base64')).toBe('AQI=')
  await manager.unlink({ filePath: path })
  await expect(manager.readFile({ filePath: path })).rejects.toEqual({
    errMsg: `readFile:fail no such file or directory "${path}"`,
  })
  manager.writeFileSync('wxfile://usr/a.txt', 'text')
  expect(manager.readFileSync('wxfile://usr/a.txt', 'utf8')).toBe('text')
  await expect(manager.writeFile({ filePath: 'wxfile://tmp_9.txt', data: 'x' })).rejects.toMatchObject({
    errMsg: expect.stringMatching(/^writeFile:fail permission denied/),
  })
})
