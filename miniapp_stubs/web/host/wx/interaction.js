// What the host lays over the page: toasts, dialogs, action sheets.

import { byId, element } from '../elements.js'
import { word } from '../words.js'
import { asynchronousAll, Failure } from './convention.js'

const TOAST_MS = 1500

export function interaction() {
  return {
    ...asynchronousAll({
      showToast: ({ title = '', icon = 'success', duration = TOAST_MS, mask }) =>
        toast(title, { icon, duration, mask }),
      hideToast: () => hideToast('toast'),
      showLoading: ({ title = '', mask }) => toast(title, { icon: 'loading', mask, kind: 'loading' }),
      hideLoading: () => hideToast('loading'),
      showModal: modal,
      showActionSheet: actionSheet,
    }),
  }
}

let timer = null

function toast(title, { icon, duration = null, mask = false, kind = 'toast' }) {
  clearTimeout(timer)
  const place = byId('toast')
  place.dataset.kind = kind
  place.dataset.mask = mask ? 'on' : ''
  place.replaceChildren(
    element(
      'div',
      {},
      element('i', { className: `icon-${icon}`, 'aria-hidden': 'true' }),
      element('p', { textContent: title }),
    ),
  )
  if (duration !== null) timer = setTimeout(() => place.replaceChildren(), duration)
}

function hideToast(kind) {
  const place = byId('toast')
  if (place.dataset.kind !== kind) return
  clearTimeout(timer)
  place.replaceChildren()
}

async function modal({
  title = '',
  content = '',
  showCancel = true,
  cancelText,
  confirmText,
  cancelColor,
  confirmColor,
  editable,
  placeholderText,
}) {
  const field = editable
    ? element('input', { value: content, placeholder: placeholderText || '', 'aria-label': title || placeholderText })
    : null
  const body = [
    title && element('h2', { textContent: title }),
    field || (content && element('p', { textContent: content })),
  ]
  const buttons = [
    showCancel && choice('cancel', cancelText || word('cancel'), cancelColor),
    choice('confirm', confirmText || word('confirm'), confirmColor),
  ]
  const answer = await ask('modal', title || content, [
    ...body,
    element('div', { className: 'buttons' }, ...buttons.filter(Boolean)),
  ])
  const confirm = answer === 'confirm'
  return { confirm, cancel: !confirm, ...(field && confirm ? { content: field.value } : {}) }
}

async function actionSheet({ itemList, alertText = '', itemColor }) {
  const items = itemList.map((text, index) => choice(String(index), text, itemColor))
  const answer = await ask('sheet', alertText || word('choose'), [
    alertText && element('p', { textContent: alertText }),
    ...items,
    choice('', word('cancel')),
  ])
  if (!answer) throw new Failure('cancel')
  return { tapIndex: Number(answer) }
}

function choice(value, text, color) {
  const button = element('button', { type: 'submit', value, textContent: text, className: value })
  if (color) button.style.color = color
  return button
}

/** Shows a dialog until one of its buttons is pressed; '' when it is left otherwise. */
export function ask(className, label, children) {
  const form = element('form', { method: 'dialog' }, ...children.filter(Boolean))
  const dialog = element('dialog', { className, 'aria-label': label }, form)
  byId('phone').append(dialog)
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog && className !== 'modal') dialog.close('')
    })
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue)
    })
  })
}

/** Whoever goes to another page leaves what was asked on this one unanswered. */
export function dismissDialogs() {
  for (const dialog of byId('phone').querySelectorAll('dialog[open]')) dialog.close('')
}
