// Back to where the citizen came from; to the list that a page belongs to when it was opened by its address.

const FAMILY = '/pages/family/family'
const ENTERPRISES = '/pages/enterprise/enterprises'

const leaveFor = (url) => (getCurrentPages().length > 1 ? wx.navigateBack() : wx.redirectTo({ url }))

module.exports = { leave: () => leaveFor(FAMILY), leaveEnterprise: () => leaveFor(ENTERPRISES) }
