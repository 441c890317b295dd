// What stands beside the phone on a wide screen, and behind a small sign at its edge on a narrow one.

import { browserCamera } from '../builtins/camera.js'
import { byId, element } from '../elements.js'
import { language } from '../words.js'
import { PersonCamera, POSES } from './camera.js'
import { demoWord as word } from './words.js'

export class Desk {
  constructor(demo, cameras) {
    this.demo = demo
    this.cameras = cameras
    this.personCamera = new PersonCamera(demo)
    this.useCamera(demo.camera)
  }

  useCamera(chosen) {
    this.demo.camera = chosen
    this.cameras.source = chosen === 'person' ? () => this.personCamera.stream() : browserCamera
    this.cameras.current?.open()
  }

  async show() {
    const desk = byId('demo')
    const people = await this.demo.ask('/personas').then(
      ({ personas }) => this.#people(personas),
      () => element('p', { textContent: word('away') }),
    )
    const inside = element(
      'div',
      { className: 'panel' },
      element('h2', { textContent: word('demo') }),
      element('p', { textContent: word('about') }),
      group(word('phone'), people),
      group(word('camera'), this.#cameraChoice(), this.#poses()),
      element('a', { href: this.demo.url, target: '_blank', rel: 'noopener', textContent: word('sandbox') }),
    )
    desk.replaceChildren(this.#sign(desk), inside, closing(desk))
    desk.hidden = false
  }

  #people(personas) {
    const others = personas.some(({ id }) => id === this.demo.person)
      ? []
      : [{ id: this.demo.person, name: this.demo.person, purpose: {} }]
    return element(
      'div',
      { className: 'people' },
      ...[...others, ...personas].map(({ id, name, purpose }) =>
        choice('person', id, id === this.demo.person, name, purpose[language()] || '', () => this.demo.become(id)),
      ),
    )
  }

  #cameraChoice() {
    const chosen = this.demo.camera
    return element(
      'div',
      { className: 'cameras' },
      ...['person', 'device'].map((name) =>
        choice('camera', name, name === chosen, word(name), '', () => {
          this.useCamera(name)
          byId('demo').querySelector('.poses').hidden = name !== 'person'
        }),
      ),
    )
  }

  #poses() {
    const poses = element('div', {
      className: 'poses',
      role: 'group',
      'aria-label': word('pose'),
      hidden: this.demo.camera !== 'person',
    })
    poses.append(
      ...POSES.map((pose) =>
        element('button', {
          type: 'button',
          textContent: word('poses')[pose],
          'aria-pressed': String(pose === this.personCamera.pose),
          onclick: ({ target }) => {
            this.personCamera.pose = pose
            for (const button of poses.children) button.setAttribute('aria-pressed', String(button === target))
          },
        }),
      ),
    )
    return poses
  }

  #sign(desk) {
    return element('button', {
      type: 'button',
      className: 'sign',
      textContent: word('demo'),
      onclick: () => desk.classList.add('open'),
    })
  }
}

const closing = (desk) =>
  element('button', {
    type: 'button',
    className: 'close',
    textContent: word('close'),
    onclick: () => desk.classList.remove('open'),
  })

const group = (name, ...children) => element('fieldset', {}, element('legend', { textContent: name }), ...children)

function choice(name, value, checked, label, words, chosen) {
  const input = element('input', { type: 'radio', name: `demo-${name}`, value, checked, onchange: chosen })
  return element(
    'label',
    {},
    input,
    element('span', {}, element('b', { textContent: label }), words && element('small', { textContent: words })),
  )
}
