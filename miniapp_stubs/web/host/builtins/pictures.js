import { element } from '../elements.js'
import { BOOLEAN, emit, keepInside, TEXT } from './define.js'

const FITS = { scaleToFill: 'fill', aspectFit: 'contain', aspectFill: 'cover', widthFix: 'fill', heightFix: 'fill' }
const PLACES = { top: 'top', bottom: 'bottom', left: 'left', right: 'right', center: 'center' }

/** <image>. An address from the mini-program's root, of a temporary file, of the network, or a data: URL. */
export const image = ({ files, settings }) => ({
  properties: {
    src: TEXT(),
    mode: TEXT('scaleToFill'),
    lazyLoad: BOOLEAN(),
    webp: BOOLEAN(),
    showMenuByLongpress: BOOLEAN(),
    fadeIn: BOOLEAN(),
  },
  control: ({ picture }) => picture,
  attached(component) {
    const picture = element('img', { alt: '', draggable: false, decoding: 'async' })
    component.picture = picture
    component.host.append(picture)
    keepInside(picture, 'load', 'error')
    picture.addEventListener('load', () => {
      shape(component)
      emit(component, 'load', { width: picture.naturalWidth, height: picture.naturalHeight })
    })
    picture.addEventListener('error', () =>
      emit(component, 'error', { errMsg: `image:fail ${component.data.src.slice(0, 100)}` }),
    )
  },
  changed(component, name) {
    const { picture, data } = component
    picture.loading = data.lazyLoad ? 'lazy' : 'eager'
    picture.alt = component.data.ariaLabel || ''
    shape(component)
    if (name !== null && name !== 'src') return
    if (data.src) picture.src = addressOf(data.src, component, files, settings)
    else picture.removeAttribute('src')
  },
})

function addressOf(src, component, files, settings) {
  if (/^(https?|data|blob):/.test(src)) return src
  if (files.has(src)) return files.address(src)
  const owner = component.ownerShadowRoot?.getHostNode().is || ''
  const path = new URL(src, `mini:///${owner}`).pathname.slice(1)
  return settings.images[path] || src
}

function shape({ host, picture, data }) {
  picture.style.objectFit = FITS[data.mode] || 'none'
  picture.style.objectPosition = data.mode
    .split(' ')
    .map((place) => PLACES[place] || 'center')
    .join(' ')
  host.setAttribute('mode', data.mode)
  if (data.mode === 'widthFix' && picture.naturalWidth)
    host.style.aspectRatio = `${picture.naturalWidth} / ${picture.naturalHeight}`
  if (data.mode === 'heightFix' && picture.naturalWidth)
    host.style.aspectRatio = `${picture.naturalWidth} / ${picture.naturalHeight}`
}
