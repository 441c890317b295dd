// A photo as the face check takes it: a JPEG in base64, at most 1 MiB and 1920 pixels a side. iPhones take PNG.

const MOST_SIDE = 1280
const MOST_BYTES = 1024 * 1024
const QUALITY = 0.85

/**
 * @param {string} path of a temporary file
 * @param {() => Promise<object>} darkroom a 2d canvas, asked for when the photo has to be made anew
 * @returns {Promise<string>} base64
 */
async function frameOf(path, darkroom) {
  const { width, height, type } = await wx.getImageInfo({ src: path })
  if (Math.max(width, height) <= MOST_SIDE && /jpe?g/i.test(type)) {
    const { data } = await contents(path)
    if ((data.length * 3) / 4 <= MOST_BYTES) return data
  }
  return developed(await darkroom(), path, width, height)
}

/** Promise style for what has none everywhere. */
function contents(filePath) {
  return new Promise((resolve, reject) => {
    wx.getFileSystemManager().readFile({ filePath, encoding: 'base64', success: resolve, fail: reject })
  })
}

async function developed(canvas, path, width, height) {
  const scale = Math.min(1, MOST_SIDE / Math.max(width, height))
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
  const image = canvas.createImage()
  await new Promise((resolve, reject) => {
    image.onload = resolve
    image.onerror = reject
    image.src = path
  })
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas.toDataURL('image/jpeg', QUALITY).split(',')[1]
}

module.exports = { frameOf }
