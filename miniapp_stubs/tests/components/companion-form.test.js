// Adding somebody who comes along.

const { newPhone } = require('../support/phone')
const { cityOf, refused, TOKENS } = require('../support/park')
const { shown, words, tap } = require('../support/screen')

const NUMBER = '11010519491231002X'
const SAVED = { id: 'c9', name: '王**', id_number: '1****************X' }

let phone

beforeEach(() => {
  phone = newPhone()
  phone.city = cityOf({ 'POST /api/v1/me/companions': { status: 201, data: SAVED }, 'POST /api/v1/sessions': { data: TOKENS } })
})

async function form(optional = false) {
  const component = await shown('components/companion-form/companion-form', { optional })
  const told = []
  for (const name of ['saved', 'typed']) component.addEventListener(name, ({ detail }) => told.push([name, detail]))
  component.instance.open()
  return { component, told, enter: (name, number) => (component.instance.onName({ detail: { value: name } }), component.instance.onNumber({ detail: { value: number } })) }
}

const posted = () => phone.requests.filter(({ path }) => path === '/api/v1/me/companions')

test('name and number are looked at before anything is sent, and nobody is blamed', async () => {
  const { component, enter } = await form()
  await component.instance.onAdd()
  expect(words(component)).toMatch(/请填写姓名.*请填写身份证号码/)
  enter('王1', '110105194912310020')
  await component.instance.onAdd()
  expect(words(component)).toMatch(/请按证件上的姓名填写.*号码与标准不符，请对照证件核对/)
  expect(posted()).toEqual([])
})

test('who is complete is saved, once, however often it is sent', async () => {
  const { component, told, enter } = await form()
  phone.city = cityOf({ 'POST /api/v1/me/companions': ['timeout', 'timeout', { status: 201, data: SAVED }] })
  enter(' 王小明 ', ' 11010519491231002x ')
  await component.instance.onAdd()
  expect(words(component)).toContain('网络有些慢')
  await component.instance.onAdd()
  await component.instance.onAdd()
  expect(told).toEqual([['saved', { companion: SAVED }]])
  expect(posted()[0].body).toEqual({ name: '王小明', id_number: NUMBER })
  expect(new Set(posted().map(({ headers }) => headers['Idempotency-Key'])).size).toBe(1)
  expect(component.instance.data).toMatchObject({ visible: false, name: '', number: '' })
})

test('whoever is not to be kept is told to the page alone', async () => {
  const { component, told, enter } = await form(true)
  await tap(component, '.keep')
  enter('王小明', NUMBER)
  await component.instance.onAdd()
  expect(told).toEqual([['typed', { name: '王小明', id_number: NUMBER }]])
  expect(posted()).toEqual([])
})

test.each([
  ['identity.companion_saved_already', {}, '这位同行人已在列表中'],
  ['identity.companion_is_citizen', {}, '您本人已计算在内，无需添加'],
  ['identity.too_many_companions', { most: 20 }, '同行人列表已满（20 位），请先删除不再需要的。'],
  ['identity.real_name.invalid_name', {}, '请按证件上的姓名填写'],
])('%s is said where it belongs', async (code, facts, said) => {
  const { component, told, enter } = await form()
  phone.city = cityOf({ 'POST /api/v1/me/companions': refused(409, code, facts) })
  enter('王小明', NUMBER)
  await component.instance.onAdd()
  expect(words(component)).toContain(said)
  expect(told).toEqual([])
})
