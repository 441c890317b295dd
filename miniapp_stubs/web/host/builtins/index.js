// The built-in components by their tags. `view`, `text` and their like are plain elements, see backend.js: a page has
// hundreds of them.

import { button } from './button.js'
import { camera } from './camera.js'
import { checkbox, checkboxGroup, radio, radioGroup, switchBox } from './choices.js'
import { define } from './define.js'
import { form, label } from './form.js'
import { canvas, icon, missing, navigator, progress, richText, slider, webView } from './others.js'
import { picker } from './picker.js'
import { pickerView, pickerViewColumn } from './picker_view.js'
import { image } from './pictures.js'
import { scrollView } from './scroll_view.js'
import { swiper, swiperItem } from './swiper.js'
import { input, textarea } from './text_fields.js'

const BUILT_INS = {
  button,
  camera,
  canvas,
  checkbox,
  'checkbox-group': checkboxGroup,
  form,
  icon,
  image,
  'cover-image': image,
  input,
  label,
  map: missing('map'),
  navigator,
  'open-data': missing('open-data'),
  picker,
  'picker-view': pickerView,
  'picker-view-column': pickerViewColumn,
  progress,
  radio,
  'radio-group': radioGroup,
  'rich-text': richText,
  'scroll-view': scrollView,
  slider,
  swiper,
  'swiper-item': swiperItem,
  switch: switchBox,
  textarea,
  video: missing('video'),
  'web-view': webView,
}

/** @param {object} host what components need of the host: files, settings, cameras, demo, wx */
export const builtIns = (host) => (space) =>
  Object.fromEntries(Object.entries(BUILT_INS).map(([tag, make]) => [tag, define(space, tag, make(host))]))
