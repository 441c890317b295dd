// The camera of the demo: the sandbox's pictures of a person, as a stream.

import { element } from '../elements.js'

export const POSES = ['neutral', 'turn_left', 'turn_right', 'open_mouth', 'blink']
const FRAMES_PER_SECOND = 12

export class PersonCamera {
  constructor(demo) {
    this.demo = demo
    this.pose = 'neutral'
    this.pictures = null
  }

  /** A stream like that of getUserMedia. It follows `pose` as long as it runs. */
  async stream() {
    this.pictures ??= this.#take()
    const pictures = await this.pictures.catch((error) => {
      this.pictures = null
      throw error
    })
    const { naturalWidth: width, naturalHeight: height } = pictures.neutral
    const canvas = element('canvas', { width, height })
    const context = canvas.getContext('2d')
    const draw = () => context.drawImage(pictures[this.pose], 0, 0, width, height)
    draw()
    const stream = canvas.captureStream(FRAMES_PER_SECOND)
    const timer = setInterval(draw, 1000 / FRAMES_PER_SECOND)
    const [track] = stream.getVideoTracks()
    const stop = track.stop.bind(track)
    track.stop = () => {
      clearInterval(timer)
      stop()
    }
    return stream
  }

  async #take() {
    const [, ...actions] = POSES
    const { frames } = await this.demo.ask(`/personas/${this.demo.person}/camera`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ actions }),
    })
    const pictures = await Promise.all(frames.map(picture))
    return Object.fromEntries(POSES.map((pose, at) => [pose, pictures[at]]))
  }
}

async function picture(frame) {
  const image = element('img', { src: `data:image/jpeg;base64,${frame}` })
  await image.decode()
  return image
}
