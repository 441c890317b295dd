import { asynchronous, Failure } from '../../host/wx/convention.js'
import { EventChannel } from '../../host/wx/event_channel.js'
import { animation } from '../../host/wx/animation.js'

const settled = () => new Promise((resolve) => setTimeout(resolve))

test('a function answers by promise, or by what it was given to call', async () => {
  const act = asynchronous('act', async ({ n }) => ({ twice: n * 2 }))
  expect(await act({ n: 2 })).toEqual({ errMsg: 'act:ok', twice: 4 })
  const [success, complete] = [jest.fn(), jest.fn()]
  expect(act({ n: 3, success, complete })).toBe(undefined)
  await settled()
  expect(success).toHaveBeenCalledWith({ errMsg: 'act:ok', twice: 6 })
  expect(complete).toHaveBeenCalledWith({ errMsg: 'act:ok', twice: 6 })
})

test('a failure says what failed and why', async () => {
  const act = asynchronous('act', () => {
    throw new Failure('no reason', { errno: 7 })
  })
  await expect(act()).rejects.toEqual({ errMsg: 'act:fail no reason', errno: 7 })
  const [success, fail] = [jest.fn(), jest.fn()]
  act({ success, fail })
  await settled()
  expect(success).not.toHaveBeenCalled()
  expect(fail).toHaveBeenCalledWith({ errMsg: 'act:fail no reason', errno: 7 })
})

test('a callback that throws is reported, and the others are called', async () => {
  global.reportError = jest.fn()
  const complete = jest.fn()
  asynchronous('act', () => {})({
    success() {
      throw new Error('in the page')
    },
    complete,
  })
  await settled()
  expect(global.reportError).toHaveBeenCalled()
  expect(complete).toHaveBeenCalled()
})

test('the two ends of a channel hear each other, as long as they listen', () => {
  const heard = []
  const [near, far] = EventChannel.pair({ answer: (words) => heard.push(words) })
  far.emit('answer', 'one')
  far.once('ask', (words) => heard.push(words))
  near.emit('ask', 'two')
  near.emit('ask', 'three')
  near.off('answer')
  far.emit('answer', 'four')
  expect(heard).toEqual(['one', 'two'])
})

test('steps of an animation carry their styles once', () => {
  const made = animation({ duration: 100 })
  made.translateX(10).rotate(45).opacity(0.5).step().width(20).step({ duration: 5 })
  const { actions } = made.export()
  expect(actions.map(({ duration }) => duration)).toEqual([100, 5])
  expect(actions[0].styles).toMatchObject({ transform: 'translateX(10px) rotate(45deg)', opacity: 0.5 })
  expect(actions[1].styles).not.toHaveProperty('transform')
  expect(made.export().actions).toEqual([])
})
