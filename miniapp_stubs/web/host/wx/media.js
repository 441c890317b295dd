// Pictures: choosing them, taking them, looking at them; scanning codes.

import { byId, element } from '../elements.js'
import { word } from '../words.js'
import { ask } from './interaction.js'
import { asynchronous, asynchronousAll, Failure } from './convention.js'
import { base64 } from './files.js'

export function media(files, cameras) {
  return {
    createCameraContext: () => cameraContext(cameras),
    ...asynchronousAll({
      chooseMedia: async ({ count = 9, mediaType = ['image', 'video'], sourceType = ['album', 'camera'] }) => {
        const types = mediaType.filter((type) => type !== 'mix')
        const chosen = await choose(files, {
          accept: types.map((type) => `${type}/*`),
          count,
          capture: onlyCamera(sourceType),
        })
        const tempFiles = chosen.map(({ path, size, type }) => ({
          tempFilePath: path,
          size,
          fileType: type.split('/')[0],
        }))
        return { tempFiles, type: tempFiles[0].fileType }
      },
      chooseImage: async ({ count = 9, sourceType = ['album', 'camera'] }) => {
        const chosen = await choose(files, { accept: ['image/*'], count, capture: onlyCamera(sourceType) })
        return { tempFilePaths: chosen.map(({ path }) => path), tempFiles: chosen }
      },
      chooseMessageFile: async ({ count = 1, extension }) => ({
        tempFiles: await choose(files, { accept: extension ? extension.map((one) => `.${one}`) : [], count }),
      }),
      getImageInfo: async ({ src }) => measured(files, src),
      compressImage: async ({ src, quality = 80 }) => ({ tempFilePath: await compressed(files, src, quality) }),
      previewImage: ({ urls, current }) =>
        preview(files, typeof current === 'number' ? urls[current] : current || urls[0]),
      previewMedia: ({ sources, current = 0 }) => preview(files, sources[current].url),
      scanCode: () => scan(),
      shareFileMessage: ({ filePath, fileName }) => download(files, filePath, fileName),
    }),
  }
}

/** A browser has no chats to send a file to: it is the person's own download. */
function download(files, path, name) {
  const link = element('a', { href: files.address(path), download: name || files.read(path).name, hidden: true })
  byId('phone').append(link)
  link.click()
  link.remove()
}

const onlyCamera = (sources) => sources.length === 1 && sources[0] === 'camera'

function choose(files, { accept, count, capture }) {
  const input = element('input', { type: 'file', accept: accept.join(','), multiple: count > 1, hidden: true })
  if (capture) input.setAttribute('capture', 'environment')
  byId('phone').append(input)
  return new Promise((resolve, reject) => {
    input.addEventListener('cancel', () => reject(new Failure('cancel')))
    input.addEventListener('change', () =>
      resolve(Promise.all([...input.files].slice(0, count).map((file) => kept(files, file)))),
    )
    input.click()
  }).finally(() => input.remove())
}

async function kept(files, file) {
  const path = await files.keepBlob(file)
  return { path, size: file.size, name: file.name, type: file.type, time: Math.floor(file.lastModified / 1000) }
}

async function decoded(files, src) {
  const image = new Image()
  image.src = files.has(src) ? files.address(src) : src
  await image.decode()
  return image
}

async function measured(files, src) {
  const { naturalWidth: width, naturalHeight: height } = await decoded(files, src)
  const type = files.has(src) ? files.read(src).type.split('/')[1] : 'unknown'
  return { width, height, path: src, orientation: 'up', type }
}

async function compressed(files, src, quality) {
  const image = await decoded(files, src)
  const canvas = element('canvas', { width: image.naturalWidth, height: image.naturalHeight })
  canvas.getContext('2d').drawImage(image, 0, 0)
  return files.keepBlob(await jpeg(canvas, quality / 100), 'compressed.jpg')
}

export const jpeg = (canvas, quality) => new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality))

function preview(files, src) {
  const image = element('img', { src: files.has(src) ? files.address(src) : src, alt: '' })
  ask('preview', word('done'), [image, element('button', { type: 'submit', value: '', textContent: word('done') })])
}

/** wx.createCameraContext(): the <camera> of the page. */
function cameraContext(cameras) {
  const camera = () => {
    if (!cameras.current) throw new Failure('there is no camera on the page')
    return cameras.current
  }
  const unavailable = (name) =>
    asynchronous(name, () => {
      throw new Failure('not supported in a browser')
    })
  return {
    takePhoto: asynchronous('takePhoto', async ({ quality = 'normal', selfieMirror = true } = {}) =>
      camera().takePhoto({ quality, selfieMirror }),
    ),
    startRecord: unavailable('startRecord'),
    stopRecord: unavailable('stopRecord'),
    setZoom: unavailable('setZoom'),
    onCameraFrame: () => {
      throw new Error('onCameraFrame:fail not supported in a browser')
    },
  }
}

/** Looks for a code with the camera where the browser can read codes at all. */
async function scan() {
  if (!('BarcodeDetector' in window) || !navigator.mediaDevices) throw new Failure('not supported in this browser')
  const detector = new BarcodeDetector()
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  const video = element('video', { autoplay: true, muted: true, playsInline: true, srcObject: stream })
  const found = { code: null }
  const timer = setInterval(async () => {
    const [code] = await detector.detect(video).catch(() => [])
    if (!code || found.code) return
    found.code = code
    video.closest('dialog').close('found')
  }, 250)
  const answer = await ask('preview', word('cancel'), [
    video,
    element('button', { type: 'submit', value: '', textContent: word('cancel') }),
  ])
  clearInterval(timer)
  for (const track of stream.getTracks()) track.stop()
  if (answer !== 'found') throw new Failure('cancel')
  const { rawValue, format } = found.code
  return {
    result: rawValue,
    scanType: format.toUpperCase(),
    charSet: 'utf-8',
    path: '',
    rawData: base64(new TextEncoder().encode(rawValue)),
  }
}
