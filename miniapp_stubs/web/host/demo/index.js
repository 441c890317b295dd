// Only of the demo: the city's sandbox plays WeChat, and whoever looks at the demo chooses whose phone this is. None of
// this belongs to the mini-program; it stands beside the phone and says that it is the demo.

import { Failure } from '../wx/convention.js'

const PERSON = 'demo:person'
const CAMERA = 'demo:camera'
const FIRST = 'lin_yue'

/** The demo, or null where there is none: the server writes into the page where its sandbox is. */
export function demoOf() {
  const url = document.documentElement.dataset.sandbox
  return url ? new Demo(url, localStorage.getItem(PERSON) || FIRST) : null
}

export class Demo {
  constructor(url, person) {
    this.url = url
    this.person = person
  }

  /** What WeChat would give the mini-program on this person's phone: a `wechat_code` or a `phone_code`. */
  async code(kind) {
    const { code } = await this.ask(`/personas/${this.person}/${kind}`, { method: 'POST' })
    return code
  }

  /** What WeChat's face verification does on this person's phone. */
  facialVerify(verifyId) {
    return this.ask(`/personas/${this.person}/facial_verify`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ verify_id: verifyId }),
    })
  }

  /** @throws {Failure} */
  async ask(path, init) {
    const answer = await fetch(this.url + path, init).catch(() => {
      throw new Failure('the sandbox does not answer')
    })
    if (!answer.ok) throw new Failure(`the sandbox refuses: ${answer.status}`)
    return answer.json()
  }

  /** Somebody else's phone, with what is stored on it, from the first page on. */
  become(person) {
    localStorage.setItem(PERSON, person)
    history.replaceState(null, '', location.pathname)
    location.reload()
  }

  /** Whose pictures the phone's camera gives: the `person`'s, made by the sandbox, or those of this `device`. */
  get camera() {
    return localStorage.getItem(CAMERA) || 'person'
  }

  set camera(chosen) {
    localStorage.setItem(CAMERA, chosen)
  }

  async show(host) {
    const { Desk } = await import('./desk.js')
    new Desk(this, host.cameras).show()
  }
}
