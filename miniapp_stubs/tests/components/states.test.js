// Whatever goes wrong is said in the citizen's language, without blame, with what they can do and when.

const fs = require('node:fs')
const path = require('node:path')
const { newPhone, settled } = require('../support/phone')
const { shown, words, tap, happen } = require('../support/screen')
const { Problem, onTheWay } = require('../../miniprogram/utils/problem')
const { explain } = require('../../miniprogram/components/state-view/explain')
const store = require('../../miniprogram/utils/store')
const network = require('../../miniprogram/utils/network')

let phone

beforeEach(() => {
  phone = newPhone()
})

const ERRORS = fs.readFileSync(path.join(__dirname, '../../../docs/errors.md'), 'utf8')
const CODES = [...ERRORS.matchAll(/^### `([\w.]+)` — (\d+)\n\n(.+?) · (.+)$/gm)].map(([, code, status, zh, en]) => [code, Number(status), zh, en])
const ICONS = fs.readFileSync(path.join(__dirname, '../../miniprogram/components/icon/icons.wxss'), 'utf8')
const FACTS = { limit: 3, period: 'day', hours: '08:30-17:30', message: '提取金额超过账户余额', acr_values: '2', fields: ['phone'] }

const problem = (code, status, title, more = {}) => new Problem({ code, status, title, facts: FACTS, ...more })

test('the page of errors was read', () => {
  expect(CODES.length).toBeGreaterThan(60)
})

test.each(CODES)('%s is explained in both languages', (code, status, zh, en) => {
  const inChinese = explain(problem(code, status, zh, { retryAfter: 30 }))
  store.setLanguage('en')
  const inEnglish = explain(problem(code, status, en, { retryAfter: 30, facts: { ...FACTS, message: 'More than the balance' } }))
  const chinese = `${inChinese.title}${inChinese.text}${inChinese.label}`
  expect(chinese.replace('JSON', '')).not.toMatch(/[A-Za-z]{3,}|\{/)
  expect(`${inEnglish.title}${inEnglish.text}${inEnglish.label}`).not.toMatch(/[\u3400-\u9fff]|undefined|\{/)
  expect(inChinese.title).not.toBe('')
  expect(ICONS).toContain(`.icon-${inChinese.icon}{`)
  expect(`${inChinese.title}${inChinese.text}`).not.toMatch(/错误|失败|非法|违规/)
})

test.each(['offline', 'unreachable', 'timeout', 'unreadable', 'signed_out'])('so is what happens on the way: %s', (kind) => {
  const told = explain(onTheWay(kind, 'zh'))
  expect(told.title).toMatch(/[\u3400-\u9fff]/)
  expect(told.action).toBe(kind === 'signed_out' ? 'sign_in' : 'retry')
})

test('a used-up quota says how many there are and when it is used again; a long wait is not waited for', () => {
  const long = explain(problem('card.quota_citizen', 429, '', { retryAfter: 30000 }))
  expect(long).toMatchObject({ title: '今天的使用次数已用完', action: 'home', wait: 0 })
  expect(long.text).toMatch(/^每天可用 3 次。.* 可以再次使用。$/)
  expect(explain(problem('card.quota_citizen', 429, '', { retryAfter: 20, facts: { limit: 2, period: 'minute' } }))).toMatchObject({ action: 'retry', wait: 20 })
})

describe('on the screen', () => {
  const VIEW = 'components/state-view/state-view'

  test('a skeleton while something is on its way', async () => {
    expect((await shown(VIEW, { loading: true, rows: 3 })).querySelectorAll('.line')).toHaveLength(3)
  })

  test('nothing is a sentence, with what to do', async () => {
    const view = await shown(VIEW, { empty: '还没有预约', text: '可以先看看', action: '去预约' })
    const acted = jest.fn()
    view.addEventListener('action', acted)
    await tap(view, '.act')
    expect(words(view)).toBe('还没有预约 可以先看看 去预约')
    expect(acted).toHaveBeenCalled()
  })

  test('a department that is down: the button waits for the time it asked for, then tries again', async () => {
    jest.useFakeTimers({ doNotFake: ['setTimeout', 'queueMicrotask', 'nextTick'] })
    const view = await shown(VIEW, { problem: problem('card.upstream_unavailable', 503, '', { retryAfter: 2 }) })
    const retried = jest.fn()
    view.addEventListener('retry', retried)
    expect(words(view)).toContain('2 秒后可重试')
    jest.advanceTimersByTime(1000)
    await settled()
    expect(words(view)).toContain('1 秒后可重试')
    jest.advanceTimersByTime(1000)
    await settled()
    expect(words(view)).toMatch(/重试$/)
    await tap(view, '.act')
    expect(retried).toHaveBeenCalledTimes(1)
    jest.useRealTimers()
  })

  test('back in the network, it goes on by itself', async () => {
    network.watch()
    phone.connect(false)
    const view = await shown(VIEW, { problem: onTheWay('offline', 'zh') })
    const retried = jest.fn()
    view.addEventListener('retry', retried)
    phone.connect(true)
    await settled()
    expect(retried).toHaveBeenCalledTimes(1)
    view.detach()
    phone.connect(false)
    phone.connect(true)
    expect(retried).toHaveBeenCalledTimes(1)
  })

  test('a service that is not offered leads home; what the department refused leads back to the form', async () => {
    const gone = await shown(VIEW, { problem: problem('card.not_found', 404, '') })
    await tap(gone, '.act')
    expect(phone.went).toEqual(['tab /pages/home/home'])
    const refused = await shown(VIEW, { problem: problem('card.refused', 422, '') })
    const edited = jest.fn()
    refused.addEventListener('edit', edited)
    expect(words(refused)).toContain('提取金额超过账户余额')
    await tap(refused, '.act')
    expect(edited).toHaveBeenCalled()
  })

  test('our own trouble comes with a reference for the service desk', async () => {
    expect(words(await shown(VIEW, { problem: problem('server.internal', 500, '', { requestId: 'r-1' }) }))).toContain('问题编号 r-1')
  })
})
