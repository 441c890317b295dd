import { element } from '../elements.js'
import { jpeg } from '../wx/media.js'
import { Failure } from '../wx/convention.js'
import { emit, TEXT } from './define.js'

const QUALITIES = { high: 0.95, normal: 0.85, low: 0.6, original: 1 }
const LONGEST_SIDE = { low: 640, medium: 1280, high: 1920 }

/**
 * The camera that is on the page: there is at most one. `source` gives its pictures: the browser's camera, or the
 * demo's.
 */
export class Cameras {
  constructor() {
    this.current = null
    this.source = browserCamera
  }
}

export async function browserCamera({ position, resolution }) {
  if (!navigator.mediaDevices) throw new Failure('the browser gives no camera to this address')
  const side = LONGEST_SIDE[resolution] || LONGEST_SIDE.medium
  const facingMode = position === 'front' ? 'user' : 'environment'
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode, width: { ideal: side }, height: { ideal: side } },
  })
}

/** <camera>: photos, no videos. What the front camera shows is mirrored, as in WeChat. */
export const camera = ({ cameras, files }) => ({
  properties: {
    mode: TEXT('normal'),
    resolution: TEXT('medium'),
    devicePosition: TEXT('back'),
    flash: TEXT('auto'),
    frameSize: TEXT('medium'),
  },
  attached(component) {
    const video = element('video', { autoplay: true, muted: true, playsInline: true, 'aria-hidden': 'true' })
    component.video = video
    component.host.append(video)
    component.takePhoto = (options) => takePhoto(component, files, options)
    component.open = () => open(component, cameras)
    cameras.current = component
  },
  changed(component, name) {
    component.host.toggleAttribute('mirrored', component.data.devicePosition === 'front')
    if (name === null || name === 'devicePosition') component.open()
  },
  detached(component) {
    component.isGone = true
    stop(component)
    if (cameras.current === component) cameras.current = null
  },
})

async function open(component, cameras) {
  stop(component)
  try {
    const { devicePosition: position, resolution } = component.data
    const stream = await cameras.source({ position, resolution })
    if (component.isGone) return void stream.getTracks().forEach((track) => track.stop())
    component.stream = stream
    stream.getVideoTracks()[0].addEventListener('ended', () => emit(component, 'stop'))
    component.video.srcObject = stream
    await component.video.play()
    emit(component, 'initdone', { maxZoom: 1 })
  } catch (error) {
    if (component.isGone) return
    const reason = error.name === 'NotAllowedError' ? 'auth deny' : error.message || error.name
    emit(component, 'error', { errMsg: `camera:fail ${reason}` })
  }
}

function stop({ stream, video }) {
  stream?.getTracks().forEach((track) => track.stop())
  if (video) video.srcObject = null
}

async function takePhoto({ video, data }, files, { quality, selfieMirror }) {
  const { videoWidth: width, videoHeight: height } = video
  if (!width) throw new Failure('the camera is not ready')
  const canvas = element('canvas', { width, height })
  const context = canvas.getContext('2d')
  if (selfieMirror && data.devicePosition === 'front') {
    context.translate(width, 0)
    context.scale(-1, 1)
  }
  context.drawImage(video, 0, 0)
  const blob = await jpeg(canvas, QUALITIES[quality] || QUALITIES.normal)
  return { tempImagePath: await files.keepBlob(blob, 'photo.jpg'), width: String(width), height: String(height) }
}
