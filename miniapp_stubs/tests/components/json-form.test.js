// A form for any schema that a card may declare: entered, checked in plain words, sent as the schema wants it.

const { newPhone, settled } = require('../support/phone')
const { shown, words, tap, happen } = require('../support/screen')
const { findings } = require('../../miniprogram/components/json-form/check')
const { message, partAt } = require('../../miniprogram/components/json-form/messages')
const { rowsOf } = require('../../miniprogram/components/json-form/rows')
const { initialValues, sendable } = require('../../miniprogram/components/json-form/values')
const strings = require('../../miniprogram/components/json-form/strings')

beforeEach(() => newPhone())

const label = (zh) => ({ 'x-label': { zh, en: zh } })
const object = (properties, required = []) => ({ type: 'object', additionalProperties: false, properties, required })
const WORDS = { t: strings.zh, year: 2026 }
const rows = (schema, values = initialValues(schema, { today: '2026-11-24' })) => rowsOf(schema, values, WORDS)

const WITHDRAWAL = object(
  {
    purpose: { type: 'string', enum: ['rent', 'loan'], default: 'rent', ...label('用途'), 'x-widget': 'radio', 'x-labels': { rent: { zh: '租房', en: 'Rent' }, loan: { zh: '还贷', en: 'Loan' } } },
    amount: { type: 'number', exclusiveMinimum: 0, maximum: 1000, multipleOf: 0.01, ...label('金额'), 'x-help': { zh: '不超过余额', en: 'x' }, 'x-widget': 'money' },
    account: { type: 'string', pattern: '^[0-9]{10,32}$', maxLength: 32, ...label('卡号') },
  },
  ['purpose', 'amount', 'account'],
)

describe('controls', () => {
  test.each([
    [{ type: 'string', maxLength: 30 }, 'text'],
    [{ type: 'string', maxLength: 500 }, 'textarea'],
    [{ type: 'string', maxLength: 500, 'x-widget': 'text' }, 'text'],
    [{ type: 'string', enum: ['a', 'b'] }, 'radio'],
    [{ type: 'string', enum: [...'abcdefgh'] }, 'select'],
    [{ enum: [1, 2] }, 'radio'],
    [{ type: 'string', format: 'date' }, 'date'],
    [{ type: 'string', pattern: '^x$', 'x-widget': 'month' }, 'month'],
    [{ type: 'string', format: 'date-time' }, 'datetime'],
    [{ type: 'string', format: 'time' }, 'time'],
    [{ type: 'integer', minimum: 1990, maximum: 2100, 'x-widget': 'year' }, 'select'],
    [{ type: 'integer', minimum: 0, maximum: 9 }, 'text'],
    [{ type: 'boolean' }, 'switch'],
    [{ type: ['string', 'null'], maxLength: 9 }, 'text'],
    [{ anyOf: [{ type: 'null' }, { type: 'string', format: 'date' }] }, 'date'],
    [{ allOf: [{ type: 'string' }, { format: 'date' }] , type: 'string', format: 'date' }, 'date'],
    [{ type: 'array', uniqueItems: true, items: { enum: ['a', 'b'] } }, 'checks'],
  ])('%j is entered by %s', (schema, control) => {
    expect(rows(object({ one: { ...schema, ...label('一') } }))).toMatchObject([{ row: 'field', control, label: '一' }])
  })

  test('years go back as far as a life, newest first, and stand on this one when told to', () => {
    const [row] = rows(object({ year: { type: 'integer', minimum: 1800, maximum: 2100, ...label('年'), 'x-widget': 'year', 'x-prefill': 'this_year' } }))
    expect([row.options[1].value, row.options.at(-1).value, row.shown]).toEqual(['2036', '1906', '2026'])
  })

  test('numbers get a keyboard for numbers, unless there may be a minus', () => {
    const keyboard = (schema) => rows(object({ n: { ...schema, ...label('n') } }))[0].inputType
    expect(keyboard({ type: 'integer', minimum: 0, maximum: 9 })).toBe('number')
    expect(keyboard({ type: 'number', exclusiveMinimum: 0, maximum: 9 })).toBe('digit')
    expect(keyboard({ type: 'number', minimum: -9, maximum: 9 })).toBe('text')
    expect(keyboard({ type: 'string', pattern: '^[0-9]{6}$', maxLength: 6 })).toBe('number')
  })

  test('what can only be one thing is not asked for, and sent', () => {
    const schema = object({ kind: { const: 'a' }, name: { type: 'string', maxLength: 9, ...label('名') } }, ['kind', 'name'])
    expect(rows(schema)).toHaveLength(1)
    expect(sendable(schema, { name: '林' })).toEqual({ kind: 'a', name: '林' })
  })

  test('objects and lists come with headings, and lists grow and shrink within their bounds', () => {
    const schema = object({
      people: { type: 'array', minItems: 1, maxItems: 2, ...label('家庭成员'), items: object({ name: { type: 'string', maxLength: 9, ...label('姓名') } }, ['name']) },
      home: { ...object({ street: { type: 'string', maxLength: 9, ...label('街道') } }), ...label('住址') },
    })
    const kinds = (values) => rows(schema, values).map(({ row, pointer }) => `${row} ${pointer}`)
    expect(kinds()).toEqual(['heading /people', 'item /people/0', 'field /people/0/name', 'add /people', 'heading /home', 'field /home/street'])
    expect(kinds({ people: [{}, {}], home: {} })).not.toContain('add /people')
    expect(rows(schema)[1]).toMatchObject({ label: '家庭成员 1', canRemove: false })
  })
})

describe('values', () => {
  test('begin with what the card says and the day of the city', () => {
    const prefill = (source) => ({ type: 'string', maxLength: 20, 'x-prefill': source })
    const schema = object({ a: { type: 'string', default: 'x' }, day: prefill('today'), month: prefill('this_month'), year: { type: 'integer', 'x-prefill': 'this_year' }, name: prefill('citizen.name') })
    expect(initialValues(schema, { today: '2026-11-24' })).toEqual({ a: 'x', day: '2026-11-24', month: '2026-11', year: '2026', name: '' })
  })

  test('are sent in their types; what was left empty is not sent', () => {
    const schema = object(
      {
        amount: { type: 'number' },
        count: { type: 'integer' },
        choice: { enum: [1, 2] },
        note: { type: 'string' },
        maybe: { type: ['string', 'null'] },
        agreed: { type: 'boolean' },
        tags: { type: 'array', uniqueItems: true, items: { enum: ['a', 'b'] } },
        home: object({ street: { type: 'string' } }),
      },
      ['maybe'],
    )
    const typed = { amount: '1,234.50', count: ' 3 ', choice: '2', note: '  ', maybe: '', agreed: true, tags: [], home: { street: '' } }
    expect(sendable(schema, typed)).toEqual({ amount: 1234.5, count: 3, choice: 2, maybe: null, agreed: true })
  })
})

describe('what is wrong is said in plain words', () => {
  const said = (schema, typed) => {
    const whole = object({ one: { ...schema, ...label('一') } }, ['one'])
    return findings(whole, sendable(whole, { one: typed })).map((one) => message(strings.zh, one))
  }
  test.each([
    [{ type: 'string', maxLength: 5 }, '', '请填写这一项'],
    [{ type: 'string', enum: ['a'] }, '', '请选择这一项'],
    [{ type: 'string', maxLength: 2 }, '一二三', '最多可填 2 个字'],
    [{ type: 'string', minLength: 3, maxLength: 9 }, '一', '至少需要 3 个字'],
    [{ type: 'string', pattern: '^[0-9]+$', maxLength: 9 }, 'abc', '格式与要求的不一样，请再核对'],
    [{ type: 'string', format: 'email', maxLength: 50 }, 'name@', '请填写完整的邮箱地址，例如 name@example.com'],
    [{ type: 'number', minimum: 0, maximum: 10 }, 'many', '请填写数字，例如 100'],
    [{ type: 'integer', minimum: 0, maximum: 10 }, '1.5', '请填写整数，例如 3'],
    [{ type: 'number', exclusiveMinimum: 0, maximum: 10 }, '0', '需要大于 0'],
    [{ type: 'number', minimum: 0, maximum: 10 }, '11', '不大于 10'],
    [{ type: 'number', minimum: 0, maximum: 10, multipleOf: 0.01 }, '1.005', '最多 2 位小数'],
    [{ type: 'integer', minimum: 0, maximum: 100, multipleOf: 5 }, '12', '请填写 5 的倍数'],
    [{ type: 'array', minItems: 1, maxItems: 3, items: { type: 'string' } }, [], '请至少添加一项'],
    [{ type: 'array', maxItems: 3, uniqueItems: true, items: { type: 'string' } }, ['a', 'a'], '有重复的内容，请保留一个'],
  ])('%j with %j: %s', (schema, typed, words_) => {
    expect(said(schema, typed)).toEqual([words_])
  })

  test.each([
    [{ type: 'number', multipleOf: 0.01, minimum: 0, maximum: 1e7 }, '4.35'],
    [{ type: 'number', multipleOf: 0.01, minimum: 0, maximum: 1e7 }, '1234567.89'],
    [{ type: 'string', maxLength: 2 }, '👍👍'],
    [{ type: 'string', pattern: '(?P<x>a)', maxLength: 9 }, 'whatever only Rust knows'.slice(0, 9)],
  ])('%j takes %j', (schema, typed) => {
    expect(said(schema, typed)).toEqual([])
  })

  test('a finding of the server is said at its field, in the same words', () => {
    const part = partAt(WITHDRAWAL, '/amount')
    expect(message(strings.zh, { rule: 'maximum', schema: part })).toBe('不大于 1000')
    expect(message(strings.zh, { rule: 'dependentRequired', schema: partAt(WITHDRAWAL, '/account') })).toBe('请再核对这一项')
    expect(partAt(WITHDRAWAL, '/nothing')).toBeNull()
  })
})

describe('on the screen', () => {
  const FORM = 'components/json-form/json-form'
  async function form(schema, more = {}) {
    const made = await shown(FORM, { schema, submitLabel: '提交', ...more })
    const told = { submit: jest.fn(), change: jest.fn(), identity: jest.fn() }
    for (const name of Object.keys(told)) made.addEventListener(name, ({ detail }) => told[name](detail))
    const type = (place, value) => happen(made, '.input', 'input', { value }, place)
    return { made, told, type, submit: () => tap(made, '.send') }
  }

  test('tells next to each field what is missing, and sends when nothing is', async () => {
    const { made, told, type, submit } = await form(WITHDRAWAL)
    await submit()
    expect(words(made)).toContain('有 2 处需要再看一下')
    expect(made.querySelectorAll('.fault')).toHaveLength(2)
    expect(made.instance.data.focus).toBe('/amount')
    await type(0, '88.8')
    expect(made.querySelectorAll('.fault')).toHaveLength(1)
    await type(1, '6222000000000000018')
    await submit()
    expect(told.submit).toHaveBeenCalledWith({ input: { purpose: 'rent', amount: 88.8, account: '6222000000000000018' } })
  })

  test('what was entered before is there again', async () => {
    const { made, told, submit } = await form(WITHDRAWAL, { values: { purpose: 'loan', amount: '5', account: '1234567890' } })
    await submit()
    expect(told.submit).toHaveBeenCalledWith({ input: { purpose: 'loan', amount: 5, account: '1234567890' } })
    expect(words(made)).toContain('还贷')
  })

  test('findings of the server are shown, also those of no field', async () => {
    const { made } = await form(WITHDRAWAL, { errors: [{ pointer: '/account', rule: 'pattern', detail: 'x' }] })
    expect(words(made)).toContain('格式与要求的不一样，请再核对')
    const { made: other } = await form(WITHDRAWAL, { errors: [{ pointer: '', rule: 'anyOf', detail: 'x' }] })
    expect(words(other)).toContain('有 1 处需要再看一下')
  })

  test('a list is added to and taken from', async () => {
    const schema = object({ tags: { type: 'array', minItems: 0, maxItems: 5, ...label('标签'), items: { type: 'string', maxLength: 9, ...label('标签') } } })
    const { made, told, type, submit } = await form(schema)
    await tap(made, '.add-item')
    await tap(made, '.add-item')
    expect(made.instance.data.rows.filter(({ row }) => row === 'item').map(({ remove }) => remove)).toEqual(['移除标签 1', '移除标签 2'])
    await type(1, '第二')
    await tap(made, '.remove', 0)
    await submit()
    expect(told.submit).toHaveBeenCalledWith({ input: { tags: ['第二'] } })
  })

  test('the citizen’s own name is filled in when they ask for it, over nothing they wrote', async () => {
    const schema = object({
      name: { type: 'string', maxLength: 20, ...label('姓名'), 'x-prefill': 'citizen.name' },
      phone: { type: 'string', maxLength: 20, ...label('手机'), 'x-prefill': 'citizen.phone' },
    })
    const { made, told, type, submit } = await form(schema)
    await type(1, '10086')
    await tap(made, '.mine')
    expect(told.identity).toHaveBeenCalledWith({ fields: ['name', 'phone'] })
    made.setData({ identity: { name: '林悦', phone: '16099000001' } })
    await settled()
    await submit()
    expect(told.submit).toHaveBeenCalledWith({ input: { name: '林悦', phone: '10086' } })
  })

  test('date, switch and list of choices enter what they show', async () => {
    const schema = object({
      day: { type: 'string', format: 'date', ...label('日期') },
      at: { type: 'string', format: 'date-time', ...label('时间') },
      kind: { type: 'string', enum: [...'abcdef'], ...label('类型'), 'x-labels': { b: { zh: '乙', en: 'B' } } },
      agreed: { type: 'boolean', ...label('同意') },
    })
    const { made, told, submit } = await form(schema)
    const pick = (place, value) => happen(made, '.pick', 'change', { value }, place)
    await pick(0, '2026-12-01')
    await pick(1, '2026-12-02')
    await pick(2, '08:30')
    await pick(3, '2')
    expect(words(made)).toContain('乙')
    await tap(made, '.switch')
    await submit()
    expect(told.submit).toHaveBeenCalledWith({ input: { day: '2026-12-01', at: '2026-12-02T08:30:00+08:00', kind: 'b', agreed: true } })
  })
})
