module.exports = {
  zh: {
    title: '选择预约项目',
    chosen: '已选择',
    pickOne: '请选择预约对象',
    nothing: '暂时没有可预约的项目',
    nothingText: '这项预约正在调整，请稍后再来看看。',
    changed: '这项预约有更新',
    changedText: '请从头选择一次。',
    again: '重新选择',
  },
  en: {
    title: 'Choose',
    chosen: 'Chosen so far',
    pickOne: 'What would you like to book?',
    nothing: 'There is nothing to book at present',
    nothingText: 'This is being changed. Please come back later.',
    changed: 'This was updated',
    changedText: 'Please choose again from the beginning.',
    again: 'Choose again',
  },
}
