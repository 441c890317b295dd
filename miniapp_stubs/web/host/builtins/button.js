import { codeOf } from '../wx/account.js'
import { BOOLEAN, TEXT, emit } from './define.js'
import { formOf } from './form.js'

/** <button>. `open-type`s that need WeChat answer as WeChat does when it refuses. */
export const button = (host) => ({
  properties: {
    type: TEXT('default'),
    size: TEXT('default'),
    plain: BOOLEAN(),
    disabled: BOOLEAN(),
    loading: BOOLEAN(),
    formType: TEXT(),
    openType: TEXT(),
    name: TEXT(),
  },
  attached(component) {
    component.defaultHover = 'button-hover'
    const { host: element } = component
    if (!element.hasAttribute('role')) element.setAttribute('role', 'button')
    element.tabIndex = 0
    component.addListener('tap', () => press(component, host))
  },
  changed({ host: element, data }) {
    element.setAttribute('type', data.type)
    element.setAttribute('size', data.size)
    for (const name of ['plain', 'disabled', 'loading']) element.toggleAttribute(name, data[name])
    element.setAttribute('aria-disabled', String(data.disabled))
    element.tabIndex = data.disabled ? -1 : 0
  },
})

async function press(component, host) {
  const { disabled, formType, openType } = component.data
  if (disabled) return
  const form = formType && formOf(component.host)
  if (form && formType === 'submit') form.submit()
  if (form && formType === 'reset') form.reset()
  if (openType) await open(component, host, openType)
}

async function open(component, { demo, wx }, openType) {
  const events = {
    getPhoneNumber: 'getphonenumber',
    getRealtimePhoneNumber: 'getrealtimephonenumber',
    chooseAvatar: 'chooseavatar',
  }
  const event = events[openType] || openType.toLowerCase()
  try {
    if (openType === 'getPhoneNumber')
      emit(component, event, { errMsg: 'getPhoneNumber:ok', code: await codeOf(demo, 'phone_code') })
    else if (openType === 'chooseAvatar')
      emit(component, event, { avatarUrl: (await wx.chooseImage({ count: 1 })).tempFilePaths[0] })
    else emit(component, event, { errMsg: `${openType}:fail not supported in a browser` })
  } catch (error) {
    emit(component, event, { errMsg: error.errMsg || `${openType}:fail ${error.message}` })
  }
}
