// For whom one acts, on every page; and what cannot be done then, in plain words.

const fs = require('node:fs')
const path = require('node:path')
const { newPhone } = require('../support/phone')
const { refused } = require('../support/park')
const { CHOICE, OF_FIRM } = require('../support/family')
const { shown, words, ROOT } = require('../support/screen')
const acting = require('../../miniprogram/utils/acting')
const problem = require('../../miniprogram/utils/problem')
const stepup = require('../../miniprogram/utils/stepup')
const store = require('../../miniprogram/utils/store')

const BAR = 'components/acting-bar/acting-bar'
const HELPER = { ...CHOICE, capacity: 'helper', may_consent: false }
const said = (code, facts = {}) => {
  const { status, data } = refused(403, code, facts)
  return problem.answered({ status, data, headers: {} }, 'zh')
}

/** It has no node of its own, so its words are read from its data. */
const read = ({ instance: { data } }) => (data.said ? [data.said, data.capacity, data.deed].filter(Boolean).join(' ') : '')

let phone

beforeEach(() => {
  phone = newPhone()
})

test('nothing is said while one acts for oneself', async () => {
  expect(read(await shown(BAR))).toBe('')
})

test('whom, as what, and the way back', async () => {
  phone.storage.set('acting', CHOICE)
  const bar = await shown(BAR)
  expect(read(bar)).toBe('正在为 苏* 办理 监护人 切换回本人')
  bar.instance.onDeed()
  expect(acting.now()).toBeNull()
  expect(phone.went).toEqual(['anew /pages/home/home'])
})

test('it speaks the language of the page, at once', async () => {
  phone.storage.set('acting', OF_FIRM)
  const bar = await shown(BAR)
  store.setLanguage('en')
  expect(read(bar)).toBe('You act for 某某公司 agent Back to myself')
  store.setLanguage('zh')
})

test('an end that came by itself stays until it was read', async () => {
  phone.storage.set('acting', CHOICE)
  acting.ended(said('identity.acting.ended'))
  const bar = await shown(BAR)
  expect(read(bar)).toBe('为 苏* 的代办已经结束，现在是您本人。 知道了')
  bar.instance.onDeed()
  expect(read(bar)).toBe('')
})

const pages = JSON.parse(fs.readFileSync(path.join(ROOT, 'app.json'), 'utf8')).pages

test.each(pages.filter((name) => name !== 'pages/card/web'))('%s says for whom one acts', (name) => {
  expect(fs.readFileSync(path.join(ROOT, `${name}.wxml`), 'utf8')).toContain('<acting-bar')
})

describe('what cannot be done while acting', () => {
  const explained = async (found) => words(await shown('components/state-view/state-view', { problem: found }))

  test.each([
    ['identity.acting.not_allowed', /这里的内容属于您本人/],
    ['identity.acting.person_needed', /要由 苏\* 本人办理.*不能代替/],
    ['identity.acting.beyond_grant', /没有得到这项授权/],
    ['card.no_acting', /这项服务不能代办/],
  ])('%s, with the way back', async (code, words_) => {
    phone.storage.set('acting', HELPER)
    const shownNow = await explained(said(code))
    expect(shownNow).toMatch(words_)
    expect(shownNow).toContain('切换回本人')
  })

  test('a card for enterprises leads to choosing one; a personal one back to oneself', async () => {
    expect(await explained(said('card.wrong_audience', { audience: ['enterprise'] }))).toMatch(/面向企业.*选择办理身份/)
    phone.storage.set('acting', OF_FIRM)
    expect(await explained(said('card.wrong_audience', { audience: ['personal'] }))).toMatch(/面向个人.*切换回本人/)
  })

  test('the buttons do what they say', async () => {
    const choose = await shown('components/state-view/state-view', {
      problem: said('card.wrong_audience', { audience: ['enterprise'] }),
    })
    await choose.instance.onTap()
    phone.storage.set('acting', HELPER)
    const back = await shown('components/state-view/state-view', { problem: said('identity.acting.not_allowed') })
    await back.instance.onTap()
    expect(phone.went).toEqual(['to /pages/family/acting', 'anew /pages/home/home'])
  })

  test('a helper is not asked to agree for the person: the person is', async () => {
    phone.storage.set('acting', HELPER)
    const found = said('identity.consent_needed', { card: 'gy.fund', fields: ['id_number'] })
    const page = { selectComponent: () => ({ ask: async () => true }) }
    await expect(stepup.attempt(page, () => Promise.reject(found))).rejects.toBe(found)
    expect(await explained(found)).toMatch(/需要本人的授权.*请本人在自己的手机上/)
    phone.storage.set('acting', { ...OF_FIRM, may_consent: false })
    expect(await explained(found)).toMatch(/需要法定代表人授权/)
    phone.storage.set('acting', CHOICE)
    expect(await explained(found)).toContain('需要您的授权')
  })
})
