// A file from the city, as the citizen or as whom they act for: into a temporary file of WeChat's, gone with the app.

const { server } = require('../config')
const acting = require('./acting')
const { unanswered } = require('./http')
const i18n = require('./i18n')
const problem = require('./problem')
const session = require('./session')

const TIMEOUT_MS = 120000
/** Where files are saved to a disk; on phones they are sent on to a chat, which is where WeChat keeps files. */
const WITH_A_DISK = new Set(['windows', 'mac', 'devtools'])

/**
 * @param {string} path such as /api/v1/me/export
 * @returns {Promise<string>} where it is
 * @throws {Problem}
 */
async function file(path) {
  const isForSomebody = acting.isFor(path)
  const token = isForSomebody ? await acting.accessToken() : await session.accessToken()
  try {
    return await fetched(path, token)
  } catch (found) {
    if (!session.isStale(found)) throw found
    const another = isForSomebody ? await acting.accessToken(token) : (await session.renewed(token)).access_token
    return fetched(path, another)
  }
}

async function fetched(path, token) {
  const language = i18n.language()
  const { statusCode, tempFilePath, header = {} } = await new Promise((resolve, reject) => {
    wx.downloadFile({
      url: server() + path,
      header: { Authorization: `Bearer ${token}`, 'accept-language': language },
      timeout: TIMEOUT_MS,
      success: resolve,
      fail: ({ errMsg }) => unanswered(errMsg).then(reject),
    })
  })
  if (statusCode < 400) return tempFilePath
  throw problem.answered({ status: statusCode, headers: lowered(header), data: told(tempFilePath) }, language)
}

/** What the city says instead of the file. */
function told(path) {
  try {
    return JSON.parse(wx.getFileSystemManager().readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

const lowered = (header) =>
  Object.fromEntries(Object.entries(header).map(([name, value]) => [name.toLowerCase(), value]))

/** Whether `keep` saves to a disk here, or sends to a chat. */
const hasDisk = () => wx.canIUse('saveFileToDisk') && WITH_A_DISK.has(wx.getDeviceInfo().platform)

/** Takes a file out of the app. WeChat wants that it follows from a tap. @returns {Promise<boolean>} whether it was */
function keep(filePath, fileName) {
  return new Promise((resolve) => {
    const options = { filePath, fileName, success: () => resolve(true), fail: () => resolve(false) }
    if (hasDisk()) wx.saveFileToDisk(options)
    else wx.shareFileMessage(options)
  })
}

module.exports = { file, keep, hasDisk }
