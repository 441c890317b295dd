// Opening and closing a <t-popup wx:if="{{mounted}}" visible="{{visible}}">. It leaves the page some time after it was
// closed, whatever becomes of its motion: one that closes while its page comes back never hears that the motion has ended.

const LEAVING_MS = 400

function open(component, data) {
  clearTimeout(component.leaving)
  component.setData({ ...data, mounted: true })
  component.setData({ visible: true })
}

function close(component) {
  component.setData({ visible: false })
  clearTimeout(component.leaving)
  component.leaving = setTimeout(() => component.setData({ mounted: false }), LEAVING_MS)
}

module.exports = { open, close }
